package lemnos.http;

/**
 * Answers requests. It runs in a sequential actor on the worker that has the connection, so it may
 * wait in plain calls, and must not block its thread. Over HTTP/1.1 a connection has one actor, and
 * its requests are handled one after the other; over HTTP/2 each request has its own.
 *
 * <p>An {@link HttpException} becomes its status; any other exception is logged and becomes 500.
 */
@FunctionalInterface
public interface Handler {
  void handle(Request request, Response response) throws Exception;

  /** This handler behind {@code middleware}; the first sees a request first. */
  default Handler with(Middleware... middleware) {
    Handler handler = this;
    for (int i = middleware.length - 1; i >= 0; i--) {
      Middleware outer = middleware[i];
      Handler inner = handler;
      handler = (request, response) -> outer.handle(request, response, inner);
    }
    return handler;
  }
}
