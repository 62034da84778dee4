package lemnos.examples.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class KeyHashTest {
  @Test
  void everyByteAndTheLengthCount() {
    var hash = new KeyHash(5);
    Set<Integer> hashes = new HashSet<>();
    int count = 0;
    for (int length = 0; length < 40; length++) {
      hashes.add(hash.of(new byte[length]));
      count++;
      for (int i = 0; i < length; i++) {
        byte[] bytes = new byte[length];
        bytes[i] = 1;
        hashes.add(hash.of(bytes));
        count++;
      }
    }
    assertThat(hashes).hasSize(count);
  }

  @Test
  void theSeedCounts() {
    byte[] key = Ascii.bytes("key");
    assertThat(new KeyHash(1).of(key)).isNotEqualTo(new KeyHash(2).of(key));
  }

  @Test
  void similarKeysSpreadOverShardsAndBuckets() {
    var hash = new KeyHash(new SplittableRandom(9).nextLong());
    var routing = new Routing(3);
    int[] shards = new int[3];
    int[] buckets = new int[1024];
    int keys = 1024 * 100;
    for (int i = 0; i < keys; i++) {
      var key = new Bytes(Ascii.bytes("key:%012d".formatted(i)), hash);
      shards[routing.shard(key)]++;
      buckets[key.hashCode() & 1023]++;
    }
    for (int count : shards) {
      assertThat(count).isBetween(keys / 3 - 1_000, keys / 3 + 1_000);
    }
    for (int count : buckets) {
      assertThat(count).isBetween(40, 160);
    }
  }

  @Test
  void namesAreComparedByTheirBytes() {
    var hash = new KeyHash(1);
    var a = new Bytes(Ascii.bytes("a"), hash);
    var b = new Bytes(Ascii.bytes("\u00ff"), hash);
    assertThat(a).isEqualTo(new Bytes(Ascii.bytes("a"), hash)).isNotEqualTo(b);
    assertThat(a).hasSameHashCodeAs(new Bytes(Ascii.bytes("a"), hash)).isLessThan(b);
    assertThat(a.toString()).isEqualTo("a");
  }
}
