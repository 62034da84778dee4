package lemnos.house;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * A loop to which no other thread talks performs no atomic operation and takes no lock: only the
 * classes that other threads use do so, and a loop's own way through them is to look whether its
 * inbox is empty. Reads compiled code, and source text for synchronized blocks.
 */
class AtomicsTest {
  private static final Pattern ATOMIC =
      Pattern.compile(
          "java\\.util\\.concurrent\\.(atomic|locks)\\..*|java\\.lang\\.invoke\\.VarHandle");

  /** What other threads use: to call a loop, or to drive and to wake it. */
  private static final Set<String> FOR_OTHER_THREADS =
      Set.of(
          "ChannelQueue",
          "Driver",
          "Inbox",
          "ParkingPoller",
          "PipedLink",
          "PipedThread",
          "Pulse",
          "RealWorld",
          "Turns",
          "Waker");

  private final JavaClasses core =
      new ClassFileImporter().importPath(Repository.mainClasses("core"));

  private JavaClass inbox() {
    return core.get("lemnos.core.Inbox");
  }

  private static boolean isAtomic(JavaMethodCall call) {
    return ATOMIC.matcher(call.getTargetOwner().getName()).matches();
  }

  private static String outermost(JavaClass type) {
    return type.getName().replaceFirst(".*\\.", "").replaceFirst("\\$.*", "");
  }

  @Test
  void onlyWhatOtherThreadsUseIsAtomic() {
    var atomic = new TreeSet<String>();
    for (JavaClass type : core) {
      boolean calls = type.getMethodCallsFromSelf().stream().anyMatch(AtomicsTest::isAtomic);
      boolean locks =
          type.getMethods().stream()
              .anyMatch(method -> method.getModifiers().contains(JavaModifier.SYNCHRONIZED));
      if (calls || locks) {
        atomic.add(outermost(type));
      }
    }
    assertThat(atomic).contains("Inbox", "Waker");
    assertThat(FOR_OTHER_THREADS)
        .as("a class on the way of a loop that is alone must not be atomic")
        .containsAll(atomic);
  }

  @Test
  void aLoopLooksWhetherItsInboxIsEmptyBeforeItTakes() {
    var atomic = new TreeSet<String>();
    for (JavaMethodCall call : inbox().getMethodCallsFromSelf()) {
      if (isAtomic(call)) {
        atomic.add(call.getOrigin().getName());
      }
    }
    assertThat(atomic).containsExactly("close", "push", "takeAll");
    assertThat(inbox().getMethod("takeAll").getMethodCallsFromSelf())
        .as("to take from an empty inbox is to look")
        .anyMatch(call -> call.getName().equals("isEmpty"));
  }

  @Test
  void coreHasNoSynchronizedBlock() {
    assertThat(Repository.javaFiles())
        .filteredOn(file -> Repository.name(file).startsWith("core/src/main/"))
        .isNotEmpty()
        .noneMatch(file -> Repository.read(file).contains("synchronized ("));
  }
}
