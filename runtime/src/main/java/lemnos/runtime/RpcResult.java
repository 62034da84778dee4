package lemnos.runtime;

import org.jspecify.annotations.Nullable;

/**
 * What became of a request.
 *
 * @param <R> the response
 */
public sealed interface RpcResult<R> {
  /** The actor has responded. */
  record Response<R>(R response) implements RpcResult<R> {}

  /** The actor has received the request, or ended before it did, and will not respond. */
  record NoResponse<R>() implements RpcResult<R> {}

  /** The request could not be sent: the actor had ended, or the reference has no such message. */
  record NotSent<R>() implements RpcResult<R> {}

  /** There was no response in time; one that comes later is ignored. */
  record TimedOut<R>() implements RpcResult<R> {}

  /** The response, or null if there is none for whatever reason. */
  default @Nullable R orNull() {
    return this instanceof Response<R>(R response) ? response : null;
  }
}
