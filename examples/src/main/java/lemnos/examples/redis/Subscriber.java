package lemnos.examples.redis;

import java.util.concurrent.atomic.AtomicLong;
import lemnos.runtime.ActorRef;

/**
 * A connection as the channels see it. What waits for a client that does not read is bounded;
 * beyond that the client is cut off, as Redis does.
 */
final class Subscriber {
  /** How many bytes of messages may wait for a client, as Redis' default. */
  static final long MAX_WAITING_BYTES = 32 * 1024 * 1024;

  private final ActorRef<Note> inbox;
  private final Runnable cut;

  /** Added to by the channels' actors, taken from by the connection. */
  private final AtomicLong waitingBytes = new AtomicLong();

  /** Set by a channel's actor, read by the connection. */
  private volatile boolean behind;

  /**
   * @param cut ends the connection at once; may be called on any thread
   */
  Subscriber(ActorRef<Note> inbox, Runnable cut) {
    this.inbox = inbox;
    this.cut = cut;
  }

  ActorRef<Note> inbox() {
    return inbox;
  }

  /** A message of so many bytes has been put into the inbox. */
  void queued(int bytes) {
    if (waitingBytes.addAndGet(bytes) > MAX_WAITING_BYTES) {
      fallBehind();
    }
  }

  /** The connection has taken a message of so many bytes from the inbox. */
  void taken(int bytes) {
    waitingBytes.addAndGet(-bytes);
  }

  /** The client has missed a message, or is about to hold too many up: it is cut off. */
  void fallBehind() {
    if (!behind) {
      behind = true;
      cut.run();
    }
  }

  boolean isBehind() {
    return behind;
  }
}
