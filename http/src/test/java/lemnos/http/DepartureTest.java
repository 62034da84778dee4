package lemnos.http;

import static lemnos.http.Http2Peer.END_HEADERS;
import static lemnos.http.Http2Peer.END_STREAM;
import static lemnos.http.Http2Peer.GET;
import static lemnos.http.Http2Peer.HEADERS;
import static lemnos.http.Http2Peer.POST;
import static lemnos.http.Http2Peer.RESET;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import lemnos.runtime.ActorRef;
import lemnos.runtime.Context;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients leave, and handlers that wait for something else are told. */
@Timeout(300)
final class DepartureTest {
  private static final String REQUEST = "GET /events HTTP/1.1\r\nHost: x\r\n\r\n";

  private final CompletableFuture<ActorRef<Object>> listener = new CompletableFuture<>();
  private final CompletableFuture<Integer> left = new CompletableFuture<>();
  private final CountDownLatch waiting = new CountDownLatch(1);

  /** Passes on what it is told, as long as there is somebody to pass it on to. */
  private void events(Request request, Response response) throws Exception {
    if (!request.path().equals("/events")) {
      response.send("something else");
      return;
    }
    Context<Object> ctx = request.context();
    var events = EventStream.begin(response);
    int sent = 0;
    assertFalse(ctx.await(Duration.ofMillis(20), request.departure()), "nobody has left");
    listener.complete(ctx.self());
    while (!request.departure().isReady()) {
      ctx.await(ctx.messages(), request.departure());
      Object message = ctx.tryReceiveNext();
      if (message != null) {
        events.send(message.toString());
        sent++;
      }
    }
    left.complete(sent);
  }

  /** Waits, and does nothing else. */
  private void hold(Request request, Response response) throws Exception {
    waiting.countDown();
    if (request.method().equals("POST")) {
      request.context().await(request.departure());
      left.complete(0);
    } else {
      response.send("something else");
    }
  }

  @Test
  void aConnectionThatIsClosedIsNoticed() throws Exception {
    try (var served = Served.by(this::events)) {
      try (Socket socket = served.connect()) {
        Served.send(socket, REQUEST);
        ActorRef<Object> actor = listener.get();
        actor.trySend("tick");
        Served.readUntil(socket, "data: tick\n\n\r\n");
      }
      assertEquals(1, left.get());
    }
  }

  @Test
  void aStreamThatIsResetIsNoticed() throws Exception {
    try (var served = Served.by(this::hold);
        var peer = Http2Peer.client(served)) {
      peer.send(HEADERS, END_STREAM | END_HEADERS, 1, POST);
      waiting.await();
      peer.send(HEADERS, END_STREAM | END_HEADERS, 3, GET);
      assertEquals("something else", peer.body(3));
      assertFalse(left.isDone());
      peer.send(RESET, 0, 1, Http2Peer.number(8));
      assertEquals(0, left.get());
      peer.send(HEADERS, END_STREAM | END_HEADERS, 5, GET);
      assertEquals("something else", peer.body(5));
    }
  }

  @Test
  void aConnectionOfStreamsThatIsClosedIsNoticed() throws Exception {
    try (var served = Served.by(this::hold)) {
      try (var peer = Http2Peer.client(served)) {
        peer.send(HEADERS, END_STREAM | END_HEADERS, 1, POST);
        waiting.await();
      }
      assertEquals(0, left.get());
    }
  }

  /** It was sent before the other end was closed, so it is handled, and the answer is lost. */
  @Test
  void whoHasLeftBeforeIsNoticedAtOnce() throws Exception {
    var gone = new CompletableFuture<Boolean>();
    Handler handler =
        (request, response) -> {
          request.context().await(request.departure());
          gone.complete(request.departure().isReady());
          response.send("who is there?");
        };
    try (var served = Served.by(handler)) {
      try (Socket socket = served.connect()) {
        Served.send(socket, REQUEST);
      }
      assertTrue(gone.get());
    }
  }
}
