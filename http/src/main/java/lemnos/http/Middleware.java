package lemnos.http;

/** Stands between the server and a handler: it may answer itself, or change what goes through. */
@FunctionalInterface
public interface Middleware {
  void handle(Request request, Response response, Handler next) throws Exception;
}
