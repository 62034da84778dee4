package lemnos.core;

/**
 * The handle of an actor: an ordinary object whose methods, its <em>behaviours</em>, are called
 * through its loop's queue, one at a time. The handle keeps nothing alive and never gives out the
 * object. It may be used from any thread and compared with {@code ==}.
 */
public sealed interface Actor<A> extends Recipient<A> permits Cell {
  @Override
  default Actor<A> actor() {
    return this;
  }

  /**
   * Whether the actor has ended. True is final; false may be outdated when it arrives, so prefer a
   * {@link Recipient#ret} to asking. Any thread.
   */
  boolean isGone();

  /**
   * The name that the actor {@linkplain Cx#name gave itself}, or else its class and number, {@code
   * Light#3}. Any thread, but a new name may be seen late.
   */
  String name();

  /** A number that no other actor of this loop has had. */
  long id();
}
