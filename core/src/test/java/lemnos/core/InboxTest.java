package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The inbox by itself, with one thread and with several. */
@Timeout(300)
final class InboxTest {
  private static final int SENDERS = 4;
  private static final Runnable NOTHING = () -> {};

  private final Inbox inbox = new Inbox();

  private static Call call(long number) {
    var call = new Call(CallQueue.HOST, null, NOTHING);
    call.bits = number;
    return call;
  }

  private static List<Long> numbers(@Nullable Call first) {
    var numbers = new ArrayList<Long>();
    for (Call call = first; call != null; call = call.next) {
      numbers.add(call.bits);
    }
    return numbers;
  }

  @Test
  void callsAreTakenInTheOrderInWhichTheyWerePushed() {
    assertTrue(inbox.isEmpty());
    assertNull(inbox.takeAll());
    for (int i = 0; i < 5; i++) {
      assertEquals(i == 0 ? Inbox.Found.EMPTY : Inbox.Found.OTHERS, inbox.push(call(i)));
    }
    assertFalse(inbox.isEmpty());
    assertEquals(List.of(0L, 1L, 2L, 3L, 4L), numbers(inbox.takeAll()));
    assertTrue(inbox.isEmpty());
    assertEquals(Inbox.Found.EMPTY, inbox.push(call(9)));
  }

  @Test
  void aClosedInboxGivesUpWhatItHasAndTakesNothingMore() {
    inbox.push(call(1));
    inbox.push(call(2));
    assertEquals(List.of(1L, 2L), numbers(inbox.close()));
    assertEquals(Inbox.Found.CLOSED, inbox.push(call(3)));
    assertNull(inbox.close());
    assertNull(inbox.takeAll());
    assertTrue(inbox.isEmpty());
    assertEquals(Inbox.Found.CLOSED, inbox.push(call(4)));
  }

  /** What a sender's thread and number make of a call. */
  private static long numbered(int sender, long n) {
    return sender * 1_000_000_000L + n;
  }

  /** Checks that each sender's calls come in order, all of them. */
  private static final class Receipts {
    final long[] next = new long[SENDERS];

    void add(@Nullable Call first) {
      for (Call call = first; call != null; call = call.next) {
        int sender = (int) (call.bits / 1_000_000_000L);
        assertEquals(numbered(sender, next[sender]++), call.bits);
      }
    }
  }

  @Test
  void everySendersCallsArriveOnceAndInOrder() throws Exception {
    int calls = 200_000;
    var senders = new ArrayList<Thread>();
    var foundEmpty = new AtomicInteger();
    for (int sender = 0; sender < SENDERS; sender++) {
      int number = sender;
      senders.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    int empty = 0;
                    for (int i = 0; i < calls; i++) {
                      if (inbox.push(call(numbered(number, i))) == Inbox.Found.EMPTY) {
                        empty++;
                      }
                    }
                    foundEmpty.addAndGet(empty);
                  }));
    }
    var receipts = new Receipts();
    int batches = 0;
    while (senders.stream().anyMatch(Thread::isAlive) || !inbox.isEmpty()) {
      Call first = inbox.takeAll();
      batches += first == null ? 0 : 1;
      receipts.add(first);
    }
    for (Thread sender : senders) {
      sender.join();
    }
    for (long next : receipts.next) {
      assertEquals(calls, next);
    }
    assertEquals(batches, foundEmpty.get(), "one sender is told EMPTY for each batch");
  }

  @Test
  void aCallPushedDuringTheCloseIsEitherGivenUpOrRefused() throws Exception {
    for (int round = 0; round < 2_000; round++) {
      var closing = new Inbox();
      var barrier = new CyclicBarrier(SENDERS + 1);
      var accepted = new AtomicInteger();
      var senders = new ArrayList<Thread>();
      for (int sender = 0; sender < SENDERS; sender++) {
        int number = sender;
        senders.add(
            Thread.ofVirtual()
                .start(
                    () -> {
                      await(barrier);
                      int i = 0;
                      while (i < 10
                          && closing.push(call(numbered(number, i))) != Inbox.Found.CLOSED) {
                        i++;
                      }
                      accepted.addAndGet(i);
                    }));
      }
      var receipts = new Receipts();
      await(barrier);
      receipts.add(closing.takeAll());
      receipts.add(closing.close());
      for (Thread sender : senders) {
        sender.join();
      }
      long received = 0;
      for (long next : receipts.next) {
        received += next;
      }
      assertEquals(accepted.get(), received);
    }
  }

  private static void await(CyclicBarrier barrier) {
    try {
      barrier.await();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
