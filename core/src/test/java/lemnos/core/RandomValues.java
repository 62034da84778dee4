package lemnos.core;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Values that a log may meet, for tests. */
final class RandomValues {
  private static final int MAX_DEPTH = 4;
  private static final String NASTY =
      "\0\t\n\r\u001b\"\\/'{}[]=:, \u007f\u0085\u2028\uD83D\uDE00\uD800\uDFFF\uFFFF";

  private RandomValues() {}

  static String string(Random random) {
    int length = random.nextInt(8);
    var text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append(
          switch (random.nextInt(3)) {
            case 0 -> (char) ('a' + random.nextInt(26));
            case 1 -> NASTY.charAt(random.nextInt(NASTY.length()));
            default -> (char) random.nextInt(0x10000);
          });
    }
    return text.toString();
  }

  static double number(Random random) {
    return switch (random.nextInt(5)) {
      case 0 -> Double.NaN;
      case 1 -> Double.POSITIVE_INFINITY;
      case 2 -> -0.0;
      case 3 -> Double.longBitsToDouble(random.nextLong());
      default -> random.nextInt(100) / 4.0;
    };
  }

  static Map<String, @Nullable Object> map(Random random, int depth) {
    var map = new LinkedHashMap<String, @Nullable Object>();
    for (int n = random.nextInt(5); n > 0; n--) {
      map.put(string(random), any(random, depth));
    }
    return map;
  }

  private static @Nullable Object any(Random random, int depth) {
    return switch (random.nextInt(depth < MAX_DEPTH ? 9 : 7)) {
      case 0 -> null;
      case 1 -> random.nextLong();
      case 2 -> number(random);
      case 3 -> random.nextBoolean();
      case 4 -> string(random);
      case 5 -> Optional.empty();
      case 6 -> new StringBuilder(string(random));
      case 7 -> map(random, depth + 1);
      default -> list(random, depth + 1);
    };
  }

  private static List<@Nullable Object> list(Random random, int depth) {
    var list = new ArrayList<@Nullable Object>();
    for (int n = random.nextInt(4); n > 0; n--) {
      list.add(any(random, depth));
    }
    return list;
  }

  /** The value as one who reads it back from JSON must find it. */
  static @Nullable Object inJson(@Nullable Object value) {
    return switch (value) {
      case null -> null;
      case Optional<?> optional -> inJson(optional.orElse(null));
      case Map<?, ?> map -> {
        var copy = new LinkedHashMap<@Nullable Object, @Nullable Object>();
        map.forEach((k, v) -> copy.put(k, inJson(v)));
        yield copy;
      }
      case List<?> list -> {
        var copy = new ArrayList<@Nullable Object>();
        list.forEach(element -> copy.add(inJson(element)));
        yield copy;
      }
      case Double d when !Double.isFinite(d) -> d.toString();
      case StringBuilder text -> text.toString();
      default -> value;
    };
  }

  /** Calls the visitor in no sensible order. */
  static void nonsense(Random random, LogVisitor visitor) {
    for (int n = random.nextInt(20); n > 0; n--) {
      String key = random.nextBoolean() ? string(random) : null;
      switch (random.nextInt(10)) {
        case 0 -> visitor.map(key);
        case 1 -> visitor.mapEnd(key);
        case 2 -> visitor.list(key);
        case 3 -> visitor.listEnd(key);
        case 4 -> visitor.kvNull(key);
        case 5 -> visitor.present(string(random));
        case 6 -> visitor.kv(key, random.nextLong());
        case 7 -> visitor.kv(key, number(random));
        case 8 -> visitor.kv(key, random.nextBoolean());
        default -> visitor.kv(key, any(random, 0));
      }
    }
  }
}
