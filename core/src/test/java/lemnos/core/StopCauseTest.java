package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** What the causes of an actor's end say of themselves. */
final class StopCauseTest {
  @Test
  void causesSayWhatHappened() {
    var error = new ActorFailure("why");
    assertEquals("Actor stopped", new StopCause.Stopped().toString());
    assertEquals(
        "Actor failed: lemnos.core.ActorFailure: why", new StopCause.Failed(error).toString());
    assertEquals(
        "Actor was killed: lemnos.core.ActorFailure: why", new StopCause.Killed(error).toString());
    assertEquals("Actor was dropped", new StopCause.Dropped().toString());
    assertEquals("Lost connection to actor", new StopCause.Lost().toString());
    assertTrue(new StopCause.Failed(error).hasError());
    assertTrue(new StopCause.Killed(error).hasError());
    assertFalse(new StopCause.Stopped().hasError());
    assertFalse(new StopCause.Dropped().hasError());
    assertFalse(new StopCause.Lost().hasError());
  }
}
