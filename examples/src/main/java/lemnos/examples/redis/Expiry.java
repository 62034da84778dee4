package lemnos.examples.redis;

/** How a store asks its owner to be woken when a key's time comes. */
interface Expiry {
  /**
   * Arms a timer; when it fires, the owner calls {@link Store#expire} with the key.
   *
   * <p>Not before that time; a call that comes late, or for a timer that was cancelled after it had
   * fired, does no harm.
   *
   * @param atNanos on the store's monotone clock; may have passed already
   * @return whatever {@link #cancel} needs to know
   */
  long arm(long atNanos, Bytes key);

  /** Cancels a timer; nothing happens if it has fired. */
  void cancel(long timer);
}
