package lemnos.examples.redis;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The whole server but its actors and sockets: wire in, wire out, in virtual time. */
final class LocalServer {
  static final KeyHash HASH = new KeyHash(0x5EED);

  /** Virtual milliseconds since 1970 at the start. */
  static final long WALL_MILLIS = 1_700_000_000_000L;

  private record Timer(long atNanos, Bytes key, int shard) {}

  private final List<Store> stores = new ArrayList<>();
  private final Routing routing;
  private final Map<Long, Timer> timers = new LinkedHashMap<>();
  private long lastTimer;
  private long nanos = -5_000_000_000L;
  private long wallMillis = WALL_MILLIS;
  private int clients;

  LocalServer(int shards) {
    routing = new Routing(shards);
    for (int shard = 0; shard < shards; shard++) {
      var place = new Store.Place(shard, shards);
      var expiry = new Timers(shard);
      stores.add(new Store(place, HASH, () -> nanos, () -> wallMillis, expiry));
    }
  }

  private final class Timers implements Expiry {
    private final int shard;

    Timers(int shard) {
      this.shard = shard;
    }

    @Override
    public long arm(long atNanos, Bytes key) {
      timers.put(++lastTimer, new Timer(atNanos, key, shard));
      return lastTimer;
    }

    @Override
    public void cancel(long timer) {
      timers.remove(timer);
    }
  }

  Client client() {
    return new Client(++clients);
  }

  Store store(int shard) {
    return stores.get(shard);
  }

  int timers() {
    return timers.size();
  }

  void advanceMillis(long millis) {
    advanceWithLateTimers(millis);
    fireTimers();
  }

  /** Time passes, but the timers that are due have not fired yet. */
  void advanceWithLateTimers(long millis) {
    nanos += millis * 1_000_000;
    wallMillis += millis;
  }

  void setWallMillis(long millis) {
    wallMillis = millis;
  }

  private void fireTimers() {
    for (var timer : List.copyOf(timers.entrySet())) {
      if (timer.getValue().atNanos() <= nanos && timers.remove(timer.getKey()) != null) {
        stores.get(timer.getValue().shard()).expire(timer.getValue().key());
      }
    }
  }

  private ServerStatus status() {
    return new ServerStatus(6379, stores.size(), 90_061, 3, 7, 42, 1, 1_000_000);
  }

  /** One client's connection. */
  final class Client {
    final Session session;
    private final RespReader reader = new RespReader(HASH);
    private final ByteBuf out = Unpooled.buffer();

    private Client(int id) {
      session =
          new Session(
              id, "127.0.0.1:5000", "127.0.0.1:6379", () -> nanos, LocalServer.this::status);
    }

    /** Sends an inline command; the reply as it goes over the wire. */
    String run(String line) {
      return send(line + "\r\n");
    }

    /** Sends words of any bytes as an array. */
    String call(String... words) {
      var wire = new StringBuilder("*" + words.length + "\r\n");
      for (String word : words) {
        wire.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
      }
      return send(wire.toString());
    }

    /** Sends bytes as they are, each a character. */
    String send(String wire) {
      out.clear();
      try {
        ByteBuf in = Unpooled.wrappedBuffer(Ascii.bytes(wire));
        Command command = reader.next(in);
        while (command != null && !session.closing()) {
          RespWriter.write(execute(command), session.protocol(), out);
          command = reader.next(in);
        }
      } catch (ProtocolError e) {
        session.close();
        RespWriter.write(e.reply(), session.protocol(), out);
      }
      byte[] replies = new byte[out.readableBytes()];
      out.readBytes(replies);
      return Ascii.string(replies);
    }

    private Reply execute(Command command) {
      Reply refusal = session.refusal(command);
      if (refusal != null) {
        return refusal;
      }
      return switch (command.spec().route()) {
        case CONNECTION -> command.spec().onSession().run(session, command);
        case CHANNEL -> channel(command);
        case KEY, KEYS, CURSOR, ALL -> onShards(command);
      };
    }

    private Reply onShards(Command command) {
      int shard = routing.shard(command);
      if (shard != Routing.SEVERAL) {
        return stores.get(shard).execute(command);
      }
      Split split = routing.split(command);
      Reply[] replies = new Reply[split.size()];
      for (int part = 0; part < replies.length; part++) {
        replies[part] = stores.get(split.shard(part)).execute(split.command(part));
      }
      return split.merge(session, replies);
    }

    /** Nobody is there to hear; SUBSCRIBE of one channel is enough here. */
    private Reply channel(Command command) {
      return switch (command.spec().name()) {
        case "subscribe" -> session.subscribe(command.key());
        case "unsubscribe" ->
            command.count() == 1
                ? session.unsubscribeFromNone()
                : session.unsubscribe(command.key());
        case "publish" -> Reply.ZERO;
        default -> command.spec().onSession().run(session, command);
      };
    }
  }
}
