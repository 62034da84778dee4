package lemnos.examples.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import lemnos.examples.redis.Keyspace.Entry;
import org.junit.jupiter.api.Test;

class KeyspaceTest {
  private static final KeyHash HASH = new KeyHash(42);

  private static Bytes key(int number) {
    return new Bytes(Ascii.bytes("key:" + number), HASH);
  }

  private static Value value(int number) {
    return new Reply.Bulk(Decimal.bytes(number));
  }

  @Test
  void itKeepsWhatAMapKeeps() {
    var random = new SplittableRandom(3);
    var keys = new Keyspace();
    Map<Bytes, Value> model = new HashMap<>();
    for (int step = 0; step < 200_000; step++) {
      boolean growing = step / 40_000 % 2 == 0;
      Bytes key = key(random.nextInt(20_000));
      Entry entry = keys.get(key);
      assertThat(entry == null ? null : entry.value).isSameAs(model.get(key));
      if (entry == null && (growing || random.nextInt(10) == 0)) {
        Value value = value(step);
        keys.add(key, value);
        model.put(key, value);
      } else if (entry != null && (!growing || random.nextInt(10) == 0)) {
        keys.remove(entry);
        model.remove(key);
      }
      assertThat(keys.size()).isEqualTo(model.size());
    }
    var all = new HashMap<Bytes, Value>();
    keys.forEach(entry -> all.put(entry.key, entry.value));
    assertThat(all).isEqualTo(model);
    keys.clear();
    assertThat(keys.size()).isZero();
    assertThat(keys.get(key(1))).isNull();
  }

  @Test
  void aScanFindsEachKeyOnceWhileNothingChanges() {
    var keys = new Keyspace();
    for (int i = 0; i < 5_000; i++) {
      keys.add(key(i), value(i));
    }
    Set<Bytes> seen = new HashSet<>();
    long cursor = 0;
    do {
      cursor = keys.scan(cursor, entry -> assertThat(seen.add(entry.key)).isTrue());
    } while (cursor != 0);
    assertThat(seen).hasSize(5_000);
  }

  @Test
  void aScanFindsWhatIsThereAllTheTimeHoweverTheTableGrowsAndShrinks() {
    long seed = System.nanoTime();
    System.out.println("KeyspaceTest seed " + seed);
    var random = new SplittableRandom(seed);
    for (int round = 0; round < 50; round++) {
      scanWhileChanging(random);
    }
  }

  private static void scanWhileChanging(SplittableRandom random) {
    var keys = new Keyspace();
    int staying = random.nextInt(300);
    for (int i = 0; i < staying; i++) {
      keys.add(key(i), value(i));
    }
    Set<Integer> others = new HashSet<>();
    change(keys, others, random.nextInt(3_000));
    Set<Bytes> seen = new HashSet<>();
    long cursor = 0;
    do {
      cursor = keys.scan(cursor, entry -> seen.add(entry.key));
      if (random.nextInt(10) == 0) {
        change(keys, others, random.nextInt(3) == 0 ? 0 : random.nextInt(3_000));
      }
    } while (cursor != 0);
    for (int i = 0; i < staying; i++) {
      assertThat(seen).contains(key(i));
    }
  }

  /** Adds or removes other keys until there are that many. */
  private static void change(Keyspace keys, Set<Integer> others, int count) {
    for (int i = others.size(); i < count; i++) {
      others.add(1_000_000 + i);
      keys.add(key(1_000_000 + i), value(i));
    }
    for (int i = others.size() - 1; i >= count; i--) {
      others.remove(1_000_000 + i);
      Entry entry = keys.get(key(1_000_000 + i));
      assertThat(entry).isNotNull();
      if (entry != null) {
        keys.remove(entry);
      }
    }
  }
}
