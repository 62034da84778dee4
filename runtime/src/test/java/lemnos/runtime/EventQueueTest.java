package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import lemnos.core.World;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Events that are handled one after the other, by whichever thread. */
@Timeout(300)
final class EventQueueTest {
  private final EventQueue queue = new EventQueue();

  @Test
  void whatAnEventCausesComesAfterIt() {
    List<String> log = new ArrayList<>();
    queue.add(
        () -> {
          queue.add(
              () -> {
                queue.add(() -> log.add("3"));
                log.add("2");
              });
          log.add("1");
        });
    queue.add(() -> log.add("4"));
    assertEquals(List.of("1", "2", "3", "4"), log);
  }

  @Test
  void noneIsLostAndNoTwoAreHandledAtOnce() throws Exception {
    int threads = 4;
    int each = 50_000;
    var done = new CountDownLatch(threads);
    var count = new int[1]; // written without any care: the queue's alone
    for (int i = 0; i < threads; i++) {
      World.real()
          .start(
              "test-adder-" + i,
              false,
              () -> {
                for (int n = 0; n < each; n++) {
                  queue.add(() -> count[0]++);
                }
                done.countDown();
              });
    }
    Run.await(done);
    var last = new CountDownLatch(1);
    queue.add(last::countDown);
    Run.await(last);
    assertEquals(threads * each, count[0]);
  }
}
