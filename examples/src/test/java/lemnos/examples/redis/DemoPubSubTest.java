package lemnos.examples.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.Pipeline;

@Timeout(300)
@ParameterizedClass
@MethodSource("lemnos.examples.redis.DemoServer#eachProtocol")
final class DemoPubSubTest {
  private final DemoServer server;
  private final Jedis jedis;
  private final DemoSocket socket;

  DemoPubSubTest(DemoServer server) {
    this.server = server;
    this.jedis = server.emptied();
    this.socket = server.socket();
  }

  @AfterEach
  void close() {
    server.leave();
    jedis.close();
  }

  @Test
  void aJedisSubscriberGetsWhatIsPublished() throws Exception {
    Listener listener = new Listener();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor();
        Jedis subscriber = server.jedis()) {
      var listening = threads.submit(DemoWait.task(() -> subscriber.subscribe(listener, "a", "b")));
      assertEquals("subscribed a 1", listener.next());
      assertEquals("subscribed b 2", listener.next());
      assertEquals(1, jedis.publish("a", "one"));
      assertEquals(1, jedis.publish("b", "two"));
      assertEquals(0, jedis.publish("c", "three"));
      assertEquals("a: one", listener.next());
      assertEquals("b: two", listener.next());
      listener.unsubscribe("a");
      assertEquals("unsubscribed a 1", listener.next());
      assertEquals(0, jedis.publish("a", "four"));
      assertEquals(1, jedis.publish("b", "five"));
      assertEquals("b: five", listener.next());
      listener.unsubscribe();
      assertEquals("unsubscribed b 0", listener.next());
      assertTrue(DemoWait.result(listening));
      assertEquals(0, jedis.publish("b", "six"));
      assertEquals("PONG", subscriber.ping());
    }
  }

  @Test
  void everySubscriberOfAChannelGetsEveryMessageInOrder() {
    List<DemoSocket> subscribers = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      DemoSocket subscriber = server.socket();
      subscribers.add(subscriber);
      assertEquals("*3 $9 subscribe $4 even :1", subscriber.askLine("SUBSCRIBE even"));
      if (i % 2 == 0) {
        assertEquals("*3 $9 subscribe $3 odd :2", subscriber.askLine("SUBSCRIBE odd"));
      }
    }
    Pipeline pipeline = jedis.pipelined();
    List<Object> expected = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      pipeline.publish(i % 2 == 0 ? "even" : "odd", Integer.toString(1_000 + i));
      expected.add(i % 2 == 0 ? 20L : 10L);
    }
    assertEquals(expected, pipeline.syncAndReturnAll());
    for (int s = 0; s < subscribers.size(); s++) {
      for (int i = 0; i < 500; i += s % 2 == 0 ? 1 : 2) {
        String channel = i % 2 == 0 ? "$4 even" : "$3 odd";
        assertEquals("*3 $7 message " + channel + " $4 " + (1_000 + i), subscribers.get(s).next());
      }
    }
  }

  @Test
  void oneCommandSubscribesToSeveralChannelsWithAReplyEach() {
    socket.send(DemoSocket.command("SUBSCRIBE", "a", "b", "a"));
    assertEquals("*3 $9 subscribe $1 a :1", socket.next());
    assertEquals("*3 $9 subscribe $1 b :2", socket.next());
    assertEquals("*3 $9 subscribe $1 a :2", socket.next());
    assertEquals(1, jedis.publish("a", "once"));
    assertEquals("*3 $7 message $1 a $4 once", socket.next());
    socket.send(DemoSocket.command("UNSUBSCRIBE", "none", "a"));
    assertEquals("*3 $11 unsubscribe $4 none :2", socket.next());
    assertEquals("*3 $11 unsubscribe $1 a :1", socket.next());
    assertEquals("*3 $11 unsubscribe $1 b :0", socket.askLine("UNSUBSCRIBE"));
    assertEquals("+PONG", socket.ask("PING"));
  }

  @Test
  void unsubscribeWithoutNamesLeavesAllChannels() {
    socket.send(DemoSocket.command("SUBSCRIBE", "a", "b"));
    socket.next();
    socket.next();
    socket.send(DemoSocket.command("UNSUBSCRIBE"));
    Set<String> channels =
        Set.of(socket.next().replaceAll(" :1$", ""), socket.next().replaceAll(" :0$", ""));
    assertEquals(Set.of("*3 $11 unsubscribe $1 a", "*3 $11 unsubscribe $1 b"), channels);
    assertEquals("*3 $11 unsubscribe $-1 :0", socket.askLine("UNSUBSCRIBE"));
    assertEquals(0, jedis.publish("a", "x") + jedis.publish("b", "x"));
    assertEquals("$-1", socket.askLine("GET none"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET k", "SET k v", "PUBLISH c m", "ECHO x", "HELLO 3", "INFO", "DBSIZE"})
  void aSubscriberOfTheSecondProtocolMayNotCommand(String line) {
    socket.askLine("SUBSCRIBE c");
    String command = line.split(" ")[0].toLowerCase(Locale.ROOT);
    assertEquals(
        "-ERR Can't execute '"
            + command
            + "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in"
            + " this context",
        socket.askLine(line));
    assertEquals(1, jedis.publish("c", "still there"));
    assertEquals("*3 $7 message $1 c $11 still there", socket.next());
  }

  @Test
  void aSubscriberMayPingAndQuit() {
    socket.askLine("SUBSCRIBE c");
    assertEquals("*2 $4 pong $0 ", socket.ask("PING"));
    assertEquals("*2 $4 pong $2 hi", socket.ask("PING", "hi"));
    assertEquals("+OK", socket.ask("QUIT"));
    assertEquals("", socket.rest());
    DemoWait.until("the subscriber is forgotten", () -> jedis.publish("c", "x") == 0);
  }

  @Test
  void aSubscriberThatDisconnectsIsForgotten() {
    for (boolean abruptly : new boolean[] {false, true}) {
      DemoSocket leaving = server.socket();
      leaving.askLine("SUBSCRIBE c");
      assertEquals(1, jedis.publish("c", "x"));
      if (abruptly) {
        leaving.reset();
      } else {
        leaving.close();
      }
      DemoWait.until("the subscriber is forgotten", () -> jedis.publish("c", "x") == 0);
    }
  }

  @Test
  void subscribersComeAndGoWhileOthersPublish() throws Exception {
    assertEquals("*3 $9 subscribe $1 c :1", socket.askLine("SUBSCRIBE c"));
    int messages = 500;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var publishing =
          threads.submit(
              DemoWait.task(
                  () -> {
                    for (int i = 0; i < messages; i++) {
                      assertTrue(jedis.publish("c", Integer.toString(1_000 + i)) >= 1);
                    }
                  }));
      for (int i = 0; i < 50; i++) {
        DemoSocket passing = server.socket();
        assertEquals("*3 $9 subscribe $1 c :1", passing.askLine("SUBSCRIBE c"));
        passing.reset();
      }
      for (int i = 0; i < messages; i++) {
        assertEquals("*3 $7 message $1 c $4 " + (1_000 + i), socket.next());
      }
      assertTrue(DemoWait.result(publishing));
    }
    DemoWait.until("only one is left", () -> jedis.publish("c", "x") == 1);
  }

  @Test
  void channelsAndMessagesMayBeAnyBytes() {
    String any = "\0\r\n\u00ff \"";
    assertEquals("*3 $9 subscribe $6 \0 \u00ff \" :1", socket.ask("SUBSCRIBE", any));
    try (DemoSocket publisher = server.socket()) {
      assertEquals(":1", publisher.ask("PUBLISH", any, any));
    }
    assertEquals("*3 $7 message $6 \0 \u00ff \" $6 \0 \u00ff \"", socket.next());
  }

  /** Keeps what a Jedis subscriber is told, as one line each. */
  private static final class Listener extends JedisPubSub {
    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

    String next() throws InterruptedException {
      String line = heard.poll(DemoServer.PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
      return line == null ? "nothing" : line;
    }

    @Override
    public void onMessage(String channel, String message) {
      heard.add(channel + ": " + message);
    }

    @Override
    public void onSubscribe(String channel, int count) {
      heard.add("subscribed " + channel + " " + count);
    }

    @Override
    public void onUnsubscribe(String channel, int count) {
      heard.add("unsubscribed " + channel + " " + count);
    }
  }
}
