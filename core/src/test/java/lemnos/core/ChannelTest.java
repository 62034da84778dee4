package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import lemnos.core.Channel.Offer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a channel promises: PARITY W19 to W24, B11, row 69, section 6 item 28. */
@Timeout(300)
final class ChannelTest {
  private final Trace trace = new Trace();
  private final Loop loop = new Loop(0);

  ChannelTest() {
    loop.onUncaught((where, t) -> trace.add("uncaught: " + t.getMessage()));
  }

  private void run() {
    loop.run(loop.now() + 1, false);
  }

  private ChannelGuard<String> channel(int capacity) {
    return loop.channel(capacity, trace::add, () -> trace.add("senders gone"));
  }

  // W19 to W21: order

  @Test
  void messagesOfAnotherThreadArriveInOrder() throws Exception {
    var guard = loop.<String>channel(trace::add);
    var sender = guard.sender();
    Host.elsewhere(
        () -> {
          assertEquals(Offer.SENT, sender.trySend("1"));
          assertTrue(sender.send("2"));
          assertEquals(Offer.SENT, sender.trySend("3"));
        });
    assertEquals(List.of(), trace.take());
    run();
    assertEquals(List.of("1", "2", "3"), trace.take());
  }

  @Test
  void manyMessagesWakeTheHostOnce() throws Exception {
    var wakes = new AtomicInteger();
    loop.onWake(wakes::incrementAndGet);
    var sender = channel(Channel.UNBOUNDED).sender();
    Host.elsewhere(
        () -> {
          for (int i = 0; i < 1_000; i++) {
            sender.trySend("x");
          }
        });
    assertEquals(1, wakes.get());
    run();
    assertEquals(1_000, trace.take().size());
    Host.elsewhere(() -> sender.trySend("y"));
    assertEquals(2, wakes.get());
  }

  @Test
  void anActorReceivesThroughItsOwnFwd() throws Exception {
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    var senders = new ArrayList<Channel<String>>();
    Probe.in(
        probe,
        cx -> {
          var guard = cx.hold(cx.<String>channel(cx.self().fwd(Probe::say)));
          senders.add(guard.sender());
        });
    run();
    var sender = senders.getFirst();
    Host.elsewhere(() -> sender.trySend("hello"));
    run();
    assertEquals(List.of("p hello"), trace.take());
    assertFalse(sender.isClosed());
    probe.close();
    run();
    assertEquals(List.of("p closed", "p ended = Actor was dropped"), trace.take());
    assertTrue(sender.isClosed());
    assertEquals(Offer.CLOSED, sender.trySend("late"));
  }

  @Test
  void eachOfManySendersKeepsItsOrderAndNothingIsLostOrDoubled() {
    int messages = 50_000;
    for (int capacity : new int[] {1, 7, 100, Channel.UNBOUNDED}) {
      var next = new int[4];
      var gone = new int[1];
      var guard =
          loop.<int[]>channel(capacity, m -> assertEquals(next[m[0]]++, m[1]), () -> gone[0]++);
      int count = capacity == 1 ? 5_000 : messages;
      for (int s = 0; s < next.length; s++) {
        int number = s;
        var sender = guard.sender();
        Host.start(
            () -> {
              try (sender) {
                for (int i = 0; i < count; i++) {
                  assertTrue(sender.send(new int[] {number, i}));
                }
              }
            },
            new AtomicReference<>());
      }
      Host.runUntil(loop, () -> gone[0] > 0);
      assertEquals(List.of(), trace.take());
      for (int n : next) {
        assertEquals(count, n);
      }
      assertEquals(1, gone[0]);
    }
  }

  // W24, B11: the bound

  @Test
  void aFullChannelTakesNothingUntilTheLoopHasDelivered() throws Exception {
    var sender = channel(3).sender();
    Host.elsewhere(
        () -> {
          for (int i = 1; i <= 3; i++) {
            assertEquals(Offer.SENT, sender.trySend("" + i));
          }
          assertEquals(Offer.FULL, sender.trySend("4"));
        });
    run();
    assertEquals(List.of("1", "2", "3"), trace.take());
    assertEquals(Offer.SENT, sender.trySend("5"));
    run();
    assertEquals(List.of("5"), trace.take());
  }

  @Test
  void aSenderThatWaitsForRoomSendsWhenThereIsSome() throws Exception {
    var sender = channel(1).sender();
    sender.trySend("1");
    var failure = new AtomicReference<@Nullable Throwable>();
    Thread thread = Host.start(() -> assertTrue(sender.send("2")), failure);
    Host.awaitWaiting(thread);
    run();
    thread.join();
    run();
    assertEquals(List.of("1", "2"), trace.take());
    assertNull(failure.get());
  }

  @Test
  void theLoopsOwnThreadIsNotMadeToWaitForItself() throws Exception {
    var sender = channel(1).sender();
    assertTrue(sender.send("1"));
    var e = assertThrows(IllegalStateException.class, () -> sender.send("2"));
    assertTrue(
        String.valueOf(e.getMessage())
            .endsWith(" is full (1) and its own loop cannot wait for room: use trySend"));
    run();
    assertEquals(List.of("1"), trace.take());
  }

  @Test
  void aChannelHoldsAtLeastOneMessage() {
    for (int capacity : new int[] {0, -1}) {
      var e = assertThrows(IllegalArgumentException.class, () -> channel(capacity));
      assertEquals("a channel needs a capacity of 1 or more, not " + capacity, e.getMessage());
    }
  }

  // Blocked senders are freed

  @Test
  void aSenderThatWaitsIsFreedByTheEndOfTheReceiver() throws Exception {
    var guard = channel(1);
    waiterGetsFalse(guard.sender(), guard::close);
    assertEquals(List.of(), trace.take());
  }

  @Test
  void aSenderThatWaitsIsFreedByTheCloseOfTheLoop() throws Exception {
    waiterGetsFalse(channel(1).sender(), loop::close);
    assertEquals(List.of(), trace.take());
  }

  @Test
  void aSenderThatWaitsIsFreedByTheEndOfTheActorThatHoldsTheGuard() throws Exception {
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    var senders = new ArrayList<Channel<String>>();
    Probe.in(probe, cx -> senders.add(cx.hold(cx.<String>channel(1, trace::add)).sender()));
    run();
    waiterGetsFalse(senders.getFirst(), () -> loop.kill(probe, new ActorFailure("x")));
    assertEquals(
        List.of("p closed", "p ended = Actor was killed: lemnos.core.ActorFailure: x"),
        trace.take());
  }

  @Test
  void aSenderThatWaitsIsFreedByTheCloseOfItsOwnEnd() throws Exception {
    var guard = channel(1);
    var sender = guard.sender();
    var other = guard.sender();
    waiterGetsFalse(sender, sender::close);
    run();
    assertEquals(List.of("fills it"), trace.take());
    assertFalse(other.isClosed());
  }

  private static void waiterGetsFalse(Channel<String> sender, Runnable end) throws Exception {
    sender.trySend("fills it");
    var failure = new AtomicReference<@Nullable Throwable>();
    Thread thread =
        Host.start(
            () -> {
              assertFalse(sender.send("waits"));
              assertEquals(Offer.CLOSED, sender.trySend("again"));
              assertFalse(sender.send("again"));
              assertTrue(sender.isClosed());
              sender.close();
            },
            failure);
    Host.awaitWaiting(thread);
    end.run();
    thread.join();
    assertNull(failure.get());
  }

  @Test
  void anInterruptEndsAWaitAndTheChannelLivesOn() throws Exception {
    var sender = channel(1).sender();
    sender.trySend("1");
    var failure = new AtomicReference<@Nullable Throwable>();
    Thread thread =
        Host.start(
            () -> {
              assertThrows(InterruptedException.class, () -> sender.send("2"));
              assertFalse(Thread.currentThread().isInterrupted());
            },
            failure);
    Host.awaitWaiting(thread);
    thread.interrupt();
    thread.join();
    assertNull(failure.get());
    run();
    sender.trySend("3");
    run();
    assertEquals(List.of("1", "3"), trace.take());
  }

  // W22, W23, item 28: the end of the receiver

  @Test
  void messagesThatWaitWhenTheGuardEndsAreDiscarded() throws Exception {
    var guard = channel(9);
    var sender = guard.sender();
    Host.elsewhere(() -> sender.trySend("1"));
    guard.close();
    assertTrue(sender.isClosed());
    assertEquals(Offer.CLOSED, sender.trySend("2"));
    assertFalse(sender.send("3"));
    sender.close();
    run();
    assertEquals(List.of(), trace.take());
  }

  @Test
  void aReceiverThatEndsTheGuardInTheMiddleOfABatchGetsNothingMore() {
    var guards = new ArrayList<ChannelGuard<String>>();
    guards.add(
        loop.channel(
            9,
            m -> {
              trace.add(m);
              if (m.equals("2")) {
                guards.getFirst().close();
              }
            },
            () -> trace.add("senders gone")));
    var sender = guards.getFirst().sender();
    for (int i = 1; i <= 5; i++) {
      sender.trySend("" + i);
    }
    sender.close();
    run();
    assertEquals(List.of("1", "2"), trace.take());
  }

  @Test
  void whatIsAQueuedCallOfAnActorWhenTheGuardEndsStillRuns() {
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    var guard = loop.<String>channel(probe.fwd(Probe::say));
    var sender = guard.sender();
    sender.trySend("1");
    loop.execute(guard::close);
    run();
    assertEquals(List.of("p 1"), trace.take());
  }

  @Test
  void aGuardForgottenByTheBehaviourThatMadeItEndsWithIt() {
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    var senders = new ArrayList<Channel<String>>();
    Probe.in(probe, cx -> senders.add(cx.<String>channel(trace::add).sender()));
    run();
    assertTrue(senders.getFirst().isClosed());
  }

  @Test
  void aGuardCanBePassedAndNotBeUsedAfterwards() {
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    var guard = channel(9);
    var sender = guard.sender();
    probe.call(Probe::hold, guard);
    assertThrows(IllegalStateException.class, guard::sender);
    run();
    sender.trySend("1");
    run();
    assertEquals(List.of("1"), trace.take());
    loop.kill(probe, new ActorFailure("x"));
    assertTrue(sender.isClosed());
    assertThrows(IllegalStateException.class, guard::sender);
  }

  @Test
  void aClosedLoopMakesNoChannelsAndNeitherDoesAnotherThread() throws Exception {
    var guard = channel(9);
    Host.elsewhere(
        () -> {
          assertThrows(IllegalStateException.class, () -> channel(9));
          assertThrows(IllegalStateException.class, guard::sender);
          assertThrows(IllegalStateException.class, guard::close);
        });
    loop.close();
    assertThrows(IllegalStateException.class, () -> channel(9));
  }

  // W24, B11, item 28: all senders gone

  @Test
  void theReceiverIsToldOnceThatAllSendersAreGoneAfterAllThatWasSent() throws Exception {
    var guard = channel(Channel.UNBOUNDED);
    var a = guard.sender();
    var b = a.another();
    Host.elsewhere(
        () -> {
          a.trySend("a");
          a.close();
          a.close();
        });
    run();
    assertEquals(List.of("a"), trace.take());
    Host.elsewhere(
        () -> {
          b.trySend("b");
          b.close();
        });
    run();
    run();
    assertEquals(List.of("b", "senders gone"), trace.take());
    var e = assertThrows(IllegalStateException.class, guard::sender);
    assertTrue(
        String.valueOf(e.getMessage())
            .endsWith(" has told its receiver that all senders are gone: make a new channel"));
  }

  @Test
  void theReceiverIsToldAfterTheLastOfManyBatches() {
    var sender = channel(Channel.UNBOUNDED).sender();
    int messages = 3 * ChannelQueue.MAX_BATCH;
    for (int i = 0; i < messages; i++) {
      sender.trySend("" + i);
    }
    sender.close();
    run();
    List<String> lines = trace.take();
    assertEquals(messages + 1, lines.size());
    assertEquals("senders gone", lines.getLast());
  }

  @Test
  void aSenderMadeBeforeTheReceiverWasToldKeepsTheChannelOpen() {
    var guard = channel(9);
    guard.sender().close();
    var late = guard.sender();
    run();
    assertEquals(List.of(), trace.take());
    late.close();
    run();
    assertEquals(List.of("senders gone"), trace.take());
  }

  @Test
  void aSenderMadeByTheReceiverOfTheLastMessageKeepsTheChannelOpen() {
    var guards = new ArrayList<ChannelGuard<String>>();
    var senders = new ArrayList<Channel<String>>();
    guards.add(
        loop.channel(
            9,
            m -> {
              trace.add(m);
              senders.add(guards.getFirst().sender());
            },
            () -> trace.add("senders gone")));
    var sender = guards.getFirst().sender();
    sender.trySend("1");
    sender.close();
    run();
    assertEquals(List.of("1"), trace.take());
    senders.getFirst().close();
    run();
    assertEquals(List.of("senders gone"), trace.take());
  }

  @Test
  void aReceiverThatHasEndedIsNotTold() {
    var guard = channel(9);
    var sender = guard.sender();
    sender.trySend("1");
    sender.close();
    guard.close();
    run();
    assertEquals(List.of(), trace.take());
  }

  @Test
  void aClosedEndSendsNothingAndMakesNoOther() throws Exception {
    var guard = channel(9);
    var open = guard.sender();
    var sender = open.another();
    sender.close();
    assertTrue(sender.isClosed());
    assertFalse(open.isClosed());
    assertEquals(Offer.CLOSED, sender.trySend("1"));
    assertFalse(sender.send("1"));
    assertThrows(IllegalStateException.class, sender::another);
    run();
    assertEquals(List.of(), trace.take());
  }

  // Failures

  @Test
  void aReceiverThatThrowsInTheMiddleOfABatchGetsTheRest() {
    var guard =
        loop.<String>channel(
            9,
            m -> {
              trace.add(m);
              if (m.equals("2")) {
                throw new IllegalStateException("no " + m);
              }
            },
            () -> trace.add("senders gone"));
    var sender = guard.sender();
    for (int i = 1; i <= 3; i++) {
      sender.trySend("" + i);
    }
    sender.close();
    run();
    assertEquals(List.of("1", "2", "uncaught: no 2", "3", "senders gone"), trace.take());
  }

  @Test
  void aFatalErrorOfTheReceiverClosesTheLoopAndFreesTheSenders() throws Exception {
    var failure = new AtomicReference<@Nullable Throwable>();
    var guard =
        loop.<String>channel(
            1,
            m -> {
              throw new OutOfMemoryError("pretended");
            });
    var sender = guard.sender();
    sender.trySend("1");
    assertThrows(OutOfMemoryError.class, this::run);
    Host.start(() -> assertFalse(sender.send("2")), failure).join();
    assertNull(failure.get());
  }

  // Fairness

  @Test
  void aBusyChannelLetsTheOtherCallsOfTheLoopHaveTheirTurn() {
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    run();
    int messages = 3 * ChannelQueue.MAX_BATCH;
    var sender = loop.<String>channel(probe.fwd(Probe::say)).sender();
    IntStream.range(0, messages).forEach(i -> sender.trySend("" + i));
    loop.execute(() -> trace.add("other call"));
    run();
    List<String> lines = trace.take();
    assertEquals(0, lines.indexOf("other call"), "not behind any of the actor's calls");
    assertEquals(messages + 1, lines.size());
    assertEquals("p " + (messages - 1), lines.getLast());
  }

  @Test
  void beyondItsCapacityAChannelFillsTheLoopsQueueWithOneBatchAtMost() {
    int capacity = 1_000;
    var delivered = new int[1];
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    run();
    var guard =
        loop.<Integer>channel(
            capacity, probe.<Integer>fwd((p, n) -> assertEquals(n, delivered[0]++)));
    var sender = guard.sender();
    int sent = 0;
    for (int runs = 0; runs < 5_000; runs++) {
      while (sender.trySend(sent) == Offer.SENT) {
        sent++;
      }
      assertTrue(sent - delivered[0] <= capacity + ChannelQueue.MAX_BATCH);
      loop.run(loop.now() + 1, false, 3);
    }
    assertTrue(delivered[0] > 10_000, "delivered " + delivered[0]);
  }

  @Test
  void allPartsOfAChannelAreNamedAlike() {
    var guard = channel(9);
    var sender = guard.sender();
    assertSame(0, sender.toString().indexOf("Channel@"));
    assertEquals("ChannelGuard of " + sender, guard.toString());
  }
}
