package lemnos.examples.redis;

import lemnos.runtime.ActorRef;

/** A connection as the channels see it. */
final class Subscriber {
  private final ActorRef<Note> inbox;

  /** Set by a channel's actor, read by the connection: it has missed a message. */
  private volatile boolean behind;

  Subscriber(ActorRef<Note> inbox) {
    this.inbox = inbox;
  }

  ActorRef<Note> inbox() {
    return inbox;
  }

  /** A message did not fit into the inbox: the connection will be closed, as Redis does. */
  void fallBehind() {
    behind = true;
  }

  boolean isBehind() {
    return behind;
  }
}
