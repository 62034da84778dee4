package lemnos.runtime;

/**
 * A message that asks for a response: usually a record whose last component is the {@link Reply}.
 * See {@link ActorRef#rpc}.
 *
 * @param <R> the response
 */
public interface Request<R> {
  /** Where the response goes; always the same. */
  Reply<R> reply();
}
