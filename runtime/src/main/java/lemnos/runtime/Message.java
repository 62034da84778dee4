package lemnos.runtime;

/** Messages that many actors understand. */
public sealed interface Message {
  /** Begin. */
  record Start() implements Message {}

  /** A message has arrived. */
  record Ack() implements Message {}

  /** The work is done. */
  record Done() implements Message {}

  /**
   * Do not do, or finish, this work.
   *
   * @param work what tells it from other work
   */
  record Cancel<I>(I work) implements Message {}

  /** End in an orderly manner. */
  record Terminate() implements Message {}
}
