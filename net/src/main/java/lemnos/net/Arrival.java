package lemnos.net;

import java.io.IOException;
import java.net.SocketTimeoutException;

/**
 * What an object actor is brought by something that yields any number of things, such as a listener
 * or a stream: {@link Item} after item, and then one {@link End} or one {@link Failure}.
 *
 * @param <T> what arrives
 */
public sealed interface Arrival<T> {
  /** The next one, which now belongs to the actor. */
  record Item<T>(T value) implements Arrival<T> {}

  /** Nothing comes any more, and all is well. */
  record End<T>() implements Arrival<T> {}

  /**
   * Nothing comes any more, because something broke; after a {@link SocketTimeoutException}, more
   * may come if the {@linkplain Delivery#resume delivery is resumed}.
   */
  record Failure<T>(IOException error) implements Arrival<T> {}
}
