package lemnos.core;

/**
 * An owner of a shared value. When the last owner ends, the value is gone for everybody, and closed
 * if it is {@link AutoCloseable}: at once, or if it is being borrowed, right after that.
 */
public final class ShareOwn<T> extends Handle {
  private final Share<T> share;

  ShareOwn(Share<T> share) {
    this.share = share;
    share.ownerBegins();
  }

  /** The way to the value, which does not keep it. */
  public Share<T> share() {
    return share;
  }

  @Override
  void dropped() {
    share.ownerEnds();
  }

  @Override
  public String toString() {
    return "ShareOwn of " + share;
  }
}
