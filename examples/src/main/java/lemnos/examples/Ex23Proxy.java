package lemnos.examples;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.Locale;
import java.util.Set;
import lemnos.http.ClientRequest;
import lemnos.http.ClientResponse;
import lemnos.http.Handler;
import lemnos.http.Headers;
import lemnos.http.HttpClient;
import lemnos.http.HttpServer;
import lemnos.http.Request;
import lemnos.http.Response;

/** A reverse proxy, which passes requests on and answers back, piece by piece as they come. */
public final class Ex23Proxy {
  /** They speak of one connection, and this one is another. */
  private static final Set<String> HOP_BY_HOP =
      Set.of(
          "connection",
          "keep-alive",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade",
          "host",
          "content-length",
          "proxy-authorization",
          "proxy-connection");

  private final HttpClient client;
  private final String backend;

  private Ex23Proxy(HttpClient client, String backend) {
    this.client = client;
    this.backend = backend;
  }

  static Handler to(String backend) throws IOException {
    HttpClient client = HttpClient.setup().redirects(0).decompress(false).build();
    return new Ex23Proxy(client, backend)::pass;
  }

  private void pass(Request request, Response response) throws IOException {
    ClientRequest onward = client.request(request.method(), backend + request.target());
    copy(request.headers(), onward.headers());
    onward.headers().set("X-Forwarded-For", request.clientAddress());
    if (request.body().length() != 0 && !request.body().isEnded()) {
      onward.body(request.body());
    }
    try (ClientResponse answer = onward.send(request.context())) {
      response.status(answer.status());
      copy(answer.headers(), response.headers());
      for (ByteBuf b = answer.body().read(); b != null; b = answer.body().read()) {
        response.write(b);
      }
    } catch (IOException e) {
      if (response.isBegun()) {
        throw e;
      }
      response.status(502).send("the server behind does not answer\n");
    }
  }

  private static void copy(Headers from, Headers to) {
    from.forEach(
        (name, value) -> {
          if (!HOP_BY_HOP.contains(name.toLowerCase(Locale.ROOT))) {
            to.add(name, value);
          }
        });
  }

  /** Runs the example: {@code Ex23Proxy http://localhost:8081}. */
  public static void main(String[] args) throws Exception {
    HttpServer.setup(to(args[0])).run();
  }
}
