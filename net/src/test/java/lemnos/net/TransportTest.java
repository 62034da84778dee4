package lemnos.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which transport is taken. */
final class TransportTest {
  private final @Nullable String before = System.getProperty(Transport.PROPERTY);

  @AfterEach
  void restore() {
    want(before);
  }

  private static void want(@Nullable String name) {
    if (name == null) {
      System.clearProperty(Transport.PROPERTY);
    } else {
      System.setProperty(Transport.PROPERTY, name);
    }
  }

  private static List<Transport> available() {
    return OnWorker.transports().toList();
  }

  private static Transport lacking() {
    var lacking = Arrays.stream(Transport.values()).filter(t -> !t.isAvailable()).findFirst();
    assumeTrue(lacking.isPresent(), "no machine has both epoll and KQueue");
    return lacking.get();
  }

  @Test
  void theFirstThatIsThereIsTaken() {
    want(null);
    assertSame(available().getFirst(), Transport.best());
  }

  @EachTransport
  void theOneThatIsNamedIsTaken(Transport transport) {
    want(transport.name());
    assertSame(transport, Transport.best());
    want(transport.name().toLowerCase(Locale.ROOT));
    assertSame(transport, Transport.best());
  }

  @Test
  void aNameOfNoneOrOfOneThatIsNotThereIsAnErrorThatNamesThoseThatAre() {
    for (String name : List.of("lightning", lacking().name())) {
      want(name);
      var e = assertThrows(IllegalArgumentException.class, Transport::best);
      assertEquals(
          "lemnos.transport is '" + name + "'; this machine has " + available(), e.getMessage());
    }
  }

  @Test
  void noPollerIsMadeOfOneThatIsNotThere() {
    Transport lacking = lacking();
    var e = assertThrows(IllegalArgumentException.class, () -> NettyPoller.of(lacking));
    assertEquals(
        "transport " + lacking + " is not available here; Transport.best() is one that is",
        e.getMessage());
  }
}
