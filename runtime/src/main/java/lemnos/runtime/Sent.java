package lemnos.runtime;

/** What became of a message at the door of an inbox. */
public enum Sent {
  /** It lies in the inbox. */
  SENT,
  /** The inbox is full: try later, or wait with {@link ActorRef#send}. */
  FULL,
  /** The actor has ended, for good. */
  GONE,
  /** The reference is one that {@linkplain ActorRef#tryMap maps}, and makes nothing of this. */
  REFUSED
}
