package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import lemnos.core.Channel.Offer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of handles in messages of a channel: PARITY W19 to W24, row 60. */
@Timeout(300)
final class ChannelHandlesTest {
  private final Trace trace = new Trace();
  private final Loop loop = new Loop(0);

  ChannelHandlesTest() {
    loop.onUncaught((where, t) -> trace.add("uncaught: " + t.getMessage()));
  }

  private void run() {
    loop.run(loop.now() + 1, false);
  }

  // B11: a reply

  @Test
  void aRetSentFromAnotherLoopMovesAndItsAnswerComesHome() throws Exception {
    var sender = loop.<Ret<String>>channel(1, ret -> ret.ret("answer")).sender();
    loop.detach();
    Host.elsewhere(
        () -> {
          var answers = new ArrayList<@Nullable String>();
          try (var mine = new Loop(0)) {
            Ret<String> ret = mine.ret(answers::add);
            assertEquals(Offer.SENT, sender.trySend(ret));
            assertThrows(IllegalStateException.class, () -> ret.ret("moved"));
            Ret<String> kept = mine.ret(answers::add);
            assertEquals(Offer.FULL, sender.trySend(kept));
            kept.ret("still mine");
            assertEquals(List.of("still mine"), answers);
            Host.elsewhere(
                () -> {
                  loop.attach();
                  run();
                  loop.detach();
                });
            mine.run(1, false);
            assertEquals(List.of("still mine", "answer"), answers);
          }
        });
    loop.attach();
  }

  @Test
  void aRetThatIsSentAndForgottenOrDiscardedIsAnswered() {
    var guard = loop.<Ret<String>>channel(9, ret -> trace.add("got it"));
    var sender = guard.sender();
    sender.trySend(trace.ret(loop, "forgotten"));
    run();
    assertEquals(List.of("got it", "forgotten = null"), trace.take());
    sender.trySend(trace.ret(loop, "discarded"));
    guard.close();
    assertEquals(List.of("discarded = null"), trace.take());
    Ret<String> refused = trace.ret(loop, "refused");
    assertEquals(Offer.CLOSED, sender.trySend(refused));
    refused.ret("still mine");
    assertEquals(List.of("refused = still mine"), trace.take());
  }

  @Test
  void aRetSentThroughAChannelToAnActorBelongsToItsBehaviour() {
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    var sender = loop.<Ret<String>>channel(probe.fwd(Probe::answer)).sender();
    sender.trySend(trace.ret(loop, "answer"));
    run();
    assertEquals(List.of("answer = p"), trace.take());
  }

  private record Question(String text, Ret<String> answer) {}

  @Test
  void aRetInsideARecordMovesWithIt() {
    var guard = loop.<Question>channel(9, q -> q.answer.ret(q.text.equals("?") ? "!" : null));
    var sender = guard.sender();
    var question = new Question("?", trace.ret(loop, "answer"));
    sender.trySend(question);
    assertThrows(IllegalStateException.class, () -> question.answer.ret("moved"));
    run();
    assertEquals(List.of("answer = !"), trace.take());
    sender.trySend(new Question("?", trace.ret(loop, "discarded")));
    guard.close();
    assertEquals(List.of("discarded = null"), trace.take());
  }

  @Test
  void aRetThatThrowsWhenItIsDiscardedIsReportedAndTheOthersAreAnswered() {
    var guard = loop.<Ret<String>>channel(9, ret -> {});
    var sender = guard.sender();
    sender.trySend(
        loop.ret(
            answer -> {
              throw new IllegalStateException("discarded");
            }));
    sender.trySend(trace.ret(loop, "other"));
    guard.close();
    assertEquals(List.of("other = null", "uncaught: discarded"), trace.take());
  }

  @Test
  void handlesThatCannotLeaveTheirLoopAreRefused() throws Exception {
    var sender = loop.<Object>channel(9, m -> trace.add("got " + m)).sender();
    Host.elsewhere(
        () -> {
          try (var mine = new Loop(0)) {
            ActorOwn<Probe> own = Probe.start(mine, new Trace(), "theirs");
            assertThrows(IllegalArgumentException.class, () -> sender.trySend(own));
          }
        });
    run();
    assertEquals(List.of(), trace.take());
  }
}
