package lemnos.examples.redis;

/** What the actor of a connection is told by others than its client. */
sealed interface Note {
  /** Somebody published on a channel that the client hears. */
  record Message(Bytes channel, byte[] payload) implements Note {}

  /** The server is stopping: answer what has come, then close. */
  record Stop() implements Note {}
}
