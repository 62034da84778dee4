package lemnos.examples;

import lemnos.http.HttpServer;
import lemnos.http.Request;
import lemnos.http.Response;
import lemnos.http.Router;
import lemnos.http.WebSocket;
import lemnos.runtime.ActorGroup;
import lemnos.runtime.ActorRef;
import lemnos.runtime.Context;

/**
 * A chat room over WebSockets. Each visitor's connection is an actor, which waits for what its
 * visitor says and for what the others say at the same time.
 */
public final class Ex22Chat {
  private static final String PAGE =
      """
      <!doctype html><title>Chat</title>
      <form><input id=line autofocus autocomplete=off></form><pre id=room></pre>
      <script>
        const socket = new WebSocket(`ws://${location.host}/room/` + prompt("Your name?"));
        socket.onmessage = event => room.textContent += event.data + "\\n";
        document.forms[0].onsubmit = () => {
          socket.send(line.value);
          line.value = "";
          return false;
        };
      </script>
      """;

  private final ActorGroup<Object> visitors = new ActorGroup<>();

  private Ex22Chat() {}

  static Router rooms() {
    var chat = new Ex22Chat();
    return new Router()
        .get("/", (_, response) -> response.type("text/html; charset=utf-8").send(PAGE))
        .get("/room/{name}", chat::visit);
  }

  private void visit(Request request, Response response) throws Exception {
    String name = request.path("name");
    WebSocket socket = WebSocket.accept(request, response);
    Context<Object> ctx = request.context();
    ActorRef<Object> me = ctx.self();
    visitors.add(me);
    say(name + " has come");
    while (socket.closeCode() < 0) {
      ctx.await(ctx.messages(), socket);
      for (Object line = ctx.tryReceiveNext(); line != null; line = ctx.tryReceiveNext()) {
        socket.send((String) line);
      }
      if (socket.isReady() && socket.receive() instanceof WebSocket.Message.Text(String text)) {
        say(name + ": " + text);
      }
    }
    visitors.remove(me);
    say(name + " has left");
  }

  /** A visitor who reads too slowly misses lines; the others do not wait. */
  private void say(String line) {
    visitors.trySendToAll(line, null);
  }

  /** Runs the example. */
  public static void main(String[] args) throws Exception {
    int port = args.length > 0 ? Integer.parseInt(args[0]) : 8080;
    HttpServer.setup(rooms()).port(port).run();
  }
}
