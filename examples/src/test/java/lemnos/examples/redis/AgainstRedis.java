package lemnos.examples.redis;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Sends random commands to a real Redis and to a {@link LocalServer} and compares the replies, byte
 * for byte where order is defined. Not a test: needs a redis-server, and deletes its data.
 *
 * <p>Arguments: port, seed, number of commands.
 */
final class AgainstRedis {
  private static final String[] KEYS = {"a", "b", "c", "d", "e", "key:1", "", "\0\r\n\u00ff"};
  private static final String[] VALUES = {
    "1",
    "-1",
    "0",
    "10",
    "x",
    "",
    "9223372036854775807",
    "-9223372036854775808",
    "007",
    " 5",
    "3.0",
    "hello world",
    "\u00e9\0\n",
    "99999999999999999999",
    "+5",
    "-0",
    "2",
    "-3",
    "100"
  };
  private static final String[] SHORT_TTL = {
    "100",
    "1000",
    "0",
    "-1",
    "x",
    "9223372036854775807",
    "9223372036854775",
    "-9223372036854775808",
    "9223370000000000000",
    "50000",
    "200"
  };
  private static final String[] SET_OPTIONS = {
    "NX", "xx", "GET", "KEEPTTL", "EX", "PX", "EXAT", "PXAT", "ex", "foo", "4000000000", "100000"
  };
  private static final String[] EXPIRE_OPTIONS = {"NX", "XX", "gt", "LT", "zz", ""};
  private static final String[] PATTERNS = {
    "*", "?", "k*", "[a-c]", "[^a]", "\\a", "", "**", "[", "[a", "*[0-9]", "[c-a]", "key:?", "a*"
  };

  private final SplittableRandom random;
  private final Socket socket;
  private final InputStream in;
  private final LocalServer server;
  private final LocalServer.Client local;
  private long clockMillis;

  private AgainstRedis(int port, long seed, int shards) throws IOException {
    random = new SplittableRandom(seed);
    socket = new Socket("127.0.0.1", port);
    socket.setTcpNoDelay(true);
    in = new BufferedInputStream(socket.getInputStream());
    server = new LocalServer(shards);
    clockMillis = System.currentTimeMillis();
    server.setWallMillis(clockMillis);
    local = server.client();
  }

  public static void main(String[] args) throws IOException {
    int port = Integer.parseInt(args[0]);
    long seed = args.length > 1 ? Long.parseLong(args[1]) : System.nanoTime();
    int count = args.length > 2 ? Integer.parseInt(args[2]) : 100_000;
    System.out.println("seed " + seed);
    int differences = new AgainstRedis(port, seed, 1 + (int) (seed & 3)).run(count);
    System.out.println(count + " commands, " + differences + " differences");
    System.exit(differences == 0 ? 0 : 1);
  }

  private int run(int count) throws IOException {
    both(new String[] {"FLUSHALL"});
    both(new String[] {"HELLO", random.nextBoolean() ? "2" : "3"});
    int differences = 0;
    for (int i = 0; i < count && differences < 20; i++) {
      String[] words = words();
      String[] replies = both(words);
      if (!replies[0].equals(replies[1])) {
        differences++;
        System.out.println(
            i + ": " + Arrays.toString(words).replace("\r", "\\r").replace("\n", "\\n"));
        System.out.println("  redis:  " + show(replies[0]));
        System.out.println("  lemnos: " + show(replies[1]));
      }
    }
    return differences;
  }

  private static String show(String wire) {
    return wire.replace("\r", "\\r").replace("\n", "\\n");
  }

  private String[] both(String[] words) throws IOException {
    var wire = new StringBuilder("*" + words.length + "\r\n");
    for (String word : words) {
      wire.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
    }
    socket.getOutputStream().write(Ascii.bytes(wire.toString()));
    String redis = reply(in);
    long now = System.currentTimeMillis();
    server.advanceWithLateTimers(now - clockMillis);
    clockMillis = now;
    String lemnos = local.send(wire.toString());
    return new String[] {normal(words, redis), normal(words, lemnos)};
  }

  /** Sorts what has no order, and blurs what runs with the clock. */
  private static String normal(String[] words, String wire) {
    return switch (words[0]) {
      case "KEYS", "SMEMBERS", "HGETALL", "SCAN" -> {
        String[] lines = wire.split("\r\n", -1);
        Arrays.sort(lines);
        yield String.join("|", lines);
      }
      case "TTL", "PTTL" -> {
        String number = wire.substring(1).strip();
        boolean live = wire.startsWith(":") && number.length() > 2 && !number.startsWith("-");
        yield live ? "live" : wire;
      }
      case "HELLO" -> "";
      default -> wire;
    };
  }

  private String[] words() {
    String key = pick(KEYS);
    return switch (random.nextInt(40)) {
      case 0, 1, 2 -> some("SET", key, pick(VALUES));
      case 3, 4 -> withSome(SET_OPTIONS, 4, "SET", key, pick(VALUES));
      case 5, 6 -> some("GET", key);
      case 7 -> some(pick("INCR", "DECR", "GETDEL", "STRLEN", "TYPE", "TTL", "PTTL"), key);
      case 8 -> some(pick("INCRBY", "DECRBY", "APPEND", "GETSET", "SETNX"), key, pick(VALUES));
      case 9 -> some("SETEX", key, pick(SHORT_TTL), pick(VALUES));
      case 10, 11 -> some(pick("EXPIRE", "PEXPIRE"), key, longTtl());
      case 12 -> withSome(EXPIRE_OPTIONS, 2, pick("EXPIRE", "PEXPIRE"), key, longTtl());
      case 13 -> some("PERSIST", key);
      case 14 -> withSome(KEYS, 5, pick("DEL", "UNLINK", "EXISTS", "MGET"), key);
      case 15 -> some("MSET", key, pick(VALUES), pick(KEYS), pick(VALUES), pick(KEYS), "z");
      case 16 -> withSome(VALUES, 3, "MSET", key, pick(VALUES));
      case 17, 18, 19 -> withSome(VALUES, 4, pick("LPUSH", "RPUSH"), key, pick(VALUES));
      case 20, 21 -> withSome(VALUES, 1, pick("LPOP", "RPOP"), key);
      case 22 -> some("LRANGE", key, pick(VALUES), pick(VALUES));
      case 23 -> some(pick("LLEN", "HLEN", "SCARD", "SMEMBERS", "HGETALL"), key);
      case 24, 25 -> withSome(VALUES, 4, "HSET", key, pick(VALUES), pick(VALUES));
      case 26 -> some("HGET", key, pick(VALUES));
      case 27 -> withSome(VALUES, 3, "HDEL", key, pick(VALUES));
      case 28, 29 -> withSome(VALUES, 4, "SADD", key, pick(VALUES));
      case 30 -> withSome(VALUES, 3, "SREM", key, pick(VALUES));
      case 31 -> some("SISMEMBER", key, pick(VALUES));
      case 32 -> some("DBSIZE");
      case 33 -> some("KEYS", pick(PATTERNS));
      case 34 -> some(pick("GET", "SET", "ECHO", "NOSUCH", "LPUSH", "no\r\nne", "SELECT", "PING"));
      case 35 -> withSome(VALUES, 3, pick("PING", "ECHO", "SELECT", "AUTH", "CLIENT"));
      case 36 -> some("DEL", key);
      case 37 -> random.nextInt(20) == 0 ? some("FLUSHALL") : some("SCAN", scanCursor());
      case 38 -> some("NOSUCH", pick(VALUES), pick(KEYS), "v".repeat(random.nextInt(200)));
      default -> withSome(VALUES, 3, pick("GET", "DBSIZE", "TYPE", "HSET", "SISMEMBER"), key);
    };
  }

  private String scanCursor() {
    return pick("x", "1x", "99999999999999999999", " 1", "1 ");
  }

  /** Far enough away that nothing expires in between, or at once. */
  private String longTtl() {
    return pick(
        SHORT_TTL[2],
        SHORT_TTL[3],
        SHORT_TTL[4],
        SHORT_TTL[5],
        SHORT_TTL[6],
        SHORT_TTL[7],
        "100000",
        "200000",
        "300000");
  }

  private String[] some(String... words) {
    return words;
  }

  private String[] withSome(String[] more, int most, String... words) {
    List<String> all = new ArrayList<>(List.of(words));
    for (int i = random.nextInt(most + 1); i > 0; i--) {
      all.add(pick(more));
    }
    return all.toArray(new String[0]);
  }

  private String pick(String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  /** Reads one whole reply. */
  private static String reply(InputStream in) throws IOException {
    String line = line(in);
    String number = line.substring(1).strip();
    var wire = new StringBuilder(line);
    switch (line.charAt(0)) {
      case '$', '=' -> {
        if (!number.equals("-1")) {
          wire.append(Ascii.string(in.readNBytes(Integer.parseInt(number) + 2)));
        }
      }
      case '*', '~', '>', '%' -> {
        int items = Integer.parseInt(number) * (line.charAt(0) == '%' ? 2 : 1);
        for (int i = 0; i < items; i++) {
          wire.append(reply(in));
        }
      }
      default -> {}
    }
    return wire.toString();
  }

  private static String line(InputStream in) throws IOException {
    var line = new StringBuilder();
    while (line.length() < 2
        || line.charAt(line.length() - 2) != '\r'
        || line.charAt(line.length() - 1) != '\n') {
      int b = in.read();
      if (b < 0) {
        throw new IOException("redis closed the connection after " + line);
      }
      line.append((char) b);
    }
    return line.toString();
  }
}
