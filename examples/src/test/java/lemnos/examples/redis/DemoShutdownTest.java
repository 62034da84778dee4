package lemnos.examples.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Stopping a server ends every connection after a whole reply, and none in the middle of one. */
@Timeout(300)
@ParameterizedClass
@ValueSource(ints = {1, 2})
final class DemoShutdownTest {
  private static final Duration TIMEOUT = Duration.ofMillis(DemoServer.PATIENCE_MILLIS);

  private final int workers;
  private final RedisServer server;

  DemoShutdownTest(int workers) {
    DemoServer.assumeOurs("the test stops its server");
    this.workers = workers;
    this.server = start(0);
  }

  @AfterEach
  void close() {
    server.close();
  }

  private RedisServer start(int port) {
    return RedisServer.start(new RedisServer.Options(DemoServer.HOST, port, workers, false));
  }

  @Test
  void clientsUnderLoadSeeWholeRepliesToWhatTheySentFirstAndThenTheEnd() throws Exception {
    int clients = 10;
    CountDownLatch busy = new CountDownLatch(clients);
    List<Future<Boolean>> running = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < clients; i++) {
        Client client = new Client(DemoSocket.to(server.port()), "client:" + i);
        running.add(threads.submit(DemoWait.task(() -> client.run(threads, busy))));
      }
      assertTrue(busy.await(DemoServer.PATIENCE_MILLIS, TimeUnit.MILLISECONDS));
      assertTrue(server.stop(TIMEOUT));
      assertRefused();
      for (Future<Boolean> one : running) {
        assertTrue(DemoWait.result(one));
      }
    }
  }

  /** Sends without end, whatever comes back, and checks what comes back. */
  private record Client(DemoSocket socket, String name, AtomicInteger sent, Semaphore window) {
    private static final int BATCH = 40;
    private static final int ENOUGH = 10 * BATCH;
    private static final int BATCHES_IN_FLIGHT = 100;

    Client(DemoSocket socket, String name) {
      this(socket, name, new AtomicInteger(), new Semaphore(BATCHES_IN_FLIGHT));
    }

    void run(ExecutorService threads, CountDownLatch busy) throws Exception {
      var sending = threads.submit(DemoWait.task(this::sendUntilCut));
      int answered = receiveUntilCut(busy);
      assertTrue(DemoWait.result(sending));
      assertTrue(answered >= ENOUGH, "only " + answered + " answered");
      assertTrue(answered <= sent.get(), answered + " answered of " + sent.get());
    }

    private int receiveUntilCut(CountDownLatch busy) {
      int answered = 0;
      try {
        for (var reply = socket.nextOrEnd(); reply.isPresent(); reply = socket.nextOrEnd()) {
          assertEquals(expected(answered), reply.get());
          answered++;
          if (answered % BATCH == 0) {
            window.release();
          }
          if (answered == ENOUGH) {
            busy.countDown();
          }
        }
        return answered;
      } finally {
        socket.close();
        window.release();
      }
    }

    private void sendUntilCut() throws InterruptedException {
      try {
        while (true) {
          window.acquire();
          var batch = new StringBuilder();
          int first = sent.getAndAdd(BATCH);
          for (int i = first; i < first + BATCH; i++) {
            batch.append(command(i));
          }
          socket.send(batch.toString());
        }
      } catch (UncheckedIOException e) {
        assertInstanceOf(IOException.class, e.getCause());
      }
    }

    private String command(int i) {
      String key = name + ":" + i / 4 % 100;
      return switch (i % 4) {
        case 0 -> DemoSocket.command("SET", key, value(i));
        case 1 -> DemoSocket.command("GET", key);
        case 2 -> DemoSocket.command("ECHO", value(i));
        default -> "PING\r\n";
      };
    }

    private String expected(int i) {
      return switch (i % 4) {
        case 0 -> "+OK";
        case 1 -> "$" + value(i - 1).length() + " " + value(i - 1);
        case 2 -> "$" + value(i).length() + " " + value(i);
        default -> "+PONG";
      };
    }

    private String value(int i) {
      return name + " value " + i + "x".repeat(i % 50);
    }
  }

  @Test
  void aPipelineSentBeforeIsAnsweredUpToSomewhereAndThenTheEnd() {
    List<DemoSocket> clients = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      DemoSocket client = DemoSocket.to(server.port());
      clients.add(client);
      client.send("INCR n:" + i + "\r\n" + ("INCR n:" + i + "\r\n").repeat(2_000));
    }
    clients.forEach(client -> assertEquals(":1", client.next()));
    assertTrue(server.stop(TIMEOUT));
    for (DemoSocket client : clients) {
      int last = 1;
      for (var reply = client.nextOrEnd(); reply.isPresent(); reply = client.nextOrEnd()) {
        last++;
        assertEquals(Optional.of(":" + last), reply);
      }
      assertTrue(last <= 2_001);
      client.close();
    }
  }

  @Test
  void aBigReplyInFlightIsFinished() throws Exception {
    String value = "x".repeat(16 << 20);
    try (DemoSocket client = DemoSocket.to(server.port(), 64 * 1024);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      assertEquals("+OK", client.ask("SET", "k", value));
      client.send("GET k\r\n");
      String begin = client.part(20);
      var stopped = threads.submit(() -> server.stop(TIMEOUT));
      assertEquals("$16777216\r\n" + value + "\r\n", begin + client.rest());
      assertTrue(DemoWait.result(stopped));
    }
  }

  @Test
  void idleClientsAndSubscribersSeeTheEnd() {
    try (DemoSocket silent = DemoSocket.to(server.port());
        DemoSocket idle = DemoSocket.to(server.port());
        DemoSocket half = DemoSocket.to(server.port());
        DemoSocket subscriber = DemoSocket.to(server.port())) {
      assertEquals("+PONG", idle.ask("PING"));
      assertEquals("+PONG", half.send("PING\r\n*2\r\n$4\r\nEC").next());
      assertEquals("*3 $9 subscribe $1 c :1", subscriber.askLine("SUBSCRIBE c"));
      assertTrue(server.stop(TIMEOUT));
      assertEquals("", idle.rest());
      assertEquals("", half.rest());
      assertEquals("", subscriber.rest());
      assertEquals("", silent.rest());
    }
  }

  @Test
  void aServerWithoutClientsStopsAndRefuses() {
    assertTrue(server.stop(TIMEOUT));
    assertRefused();
  }

  @Test
  void stoppingTwiceIsHarmless() {
    try (DemoSocket client = DemoSocket.to(server.port())) {
      assertEquals("+PONG", client.ask("PING"));
      assertTrue(server.stop(TIMEOUT));
      assertTrue(server.stop(TIMEOUT));
      server.close();
      assertRefused();
    }
  }

  @Test
  void aClientThatNeverTakesItsReplyCannotHoldTheServer() {
    try (DemoSocket deaf = DemoSocket.to(server.port(), 64 * 1024);
        DemoSocket other = DemoSocket.to(server.port())) {
      assertEquals("+OK", other.ask("SET", "k", "x".repeat(32 << 20)));
      deaf.send("GET k\r\n");
      assertEquals("$33554432\r\n", deaf.part(11));
      assertFalse(server.stop(Duration.ofMillis(300)));
      assertEquals("", other.rest());
      assertRefused();
    }
  }

  @Test
  void thePortIsFreeAtOnceForTheNext() {
    try (DemoSocket client = DemoSocket.to(server.port())) {
      assertEquals("+OK", client.askLine("SET k v"));
      assertTrue(server.stop(TIMEOUT));
      try (RedisServer next = start(server.port());
          DemoSocket again = DemoSocket.to(server.port())) {
        assertEquals(server.port(), next.port());
        assertEquals("$-1", again.askLine("GET k"));
      }
    }
  }

  @Test
  void aPortThatSomebodyHasIsNotTaken() throws IOException {
    try (var taken = new ServerSocket(0, 1, InetAddress.getByName(DemoServer.HOST))) {
      assertThrows(Exception.class, () -> start(taken.getLocalPort()));
    }
    try (RedisServer another = start(0)) {
      assertTrue(another.port() != server.port());
    }
  }

  private void assertRefused() {
    DemoWait.until("new connections are refused", this::refuses);
  }

  private boolean refuses() {
    try {
      DemoSocket.to(server.port()).close();
      return false;
    } catch (UncheckedIOException e) {
      return e.getCause() instanceof ConnectException;
    }
  }
}
