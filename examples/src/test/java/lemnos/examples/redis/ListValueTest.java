package lemnos.examples.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ListValueTest {
  @Test
  void itIsAListWithTwoEnds() {
    var random = new SplittableRandom(7);
    for (int round = 0; round < 50; round++) {
      var list = new ListValue();
      var model = new ArrayList<byte[]>();
      int growth = 2 + random.nextInt(7); // of 10: some rounds grow, some stay short
      for (int step = 0; step < 2_000; step++) {
        step(random, growth, list, model);
        assertThat(list.size()).isEqualTo(model.size());
      }
      int from = random.nextInt(model.size() + 1);
      int to = from + random.nextInt(model.size() - from + 1);
      assertThat(List.of(list.range(from, to))).isEqualTo(model.subList(from, to));
    }
  }

  private static void step(
      SplittableRandom random, int growth, ListValue list, List<byte[]> model) {
    byte[] element = {(byte) random.nextInt()};
    boolean first = random.nextBoolean();
    if (random.nextInt(10) < growth) {
      if (first) {
        list.addFirst(element);
        model.addFirst(element);
      } else {
        list.addLast(element);
        model.addLast(element);
      }
    } else if (!model.isEmpty()) {
      byte[] removed = first ? list.removeFirst() : list.removeLast();
      assertThat(removed).isSameAs(first ? model.removeFirst() : model.removeLast());
    }
  }
}
