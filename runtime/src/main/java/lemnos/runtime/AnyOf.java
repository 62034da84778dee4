package lemnos.runtime;

/** Several things that are waited for at once. */
final class AnyOf implements Awaitable {
  private final Awaitable[] sources;

  AnyOf(Awaitable... sources) {
    this.sources = sources;
  }

  @Override
  public boolean isReady() {
    for (Awaitable source : sources) {
      if (source.isReady()) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void arm(Runnable wake) {
    for (Awaitable source : sources) {
      source.arm(wake);
    }
  }
}
