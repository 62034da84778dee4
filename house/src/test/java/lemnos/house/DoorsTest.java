package lemnos.house;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The world has one door. These tests read compiled code, so a static import or a method reference
 * hides nothing from them.
 */
class DoorsTest {
  /** A way round the door: calls of the owner's members whose name (and arguments) match. */
  private record Ban(String rule, String owner, String members, String remedy) {
    boolean matches(JavaAccess<?> access) {
      return access.getTargetOwner().getName().equals(owner)
          && signature(access).matches("(" + members + ")\\(.*\\)");
    }

    private static String signature(JavaAccess<?> access) {
      String full = access.getTarget().getFullName();
      return full.substring(access.getTargetOwner().getName().length() + 1);
    }
  }

  private static final String WORLD = "ask the World you were given";
  private static final String NO_SLEEP = "wait for an event (a latch, a Waker) or use virtual time";

  private static final List<Ban> SLEEP =
      List.of(
          new Ban("sleep", "java.lang.Thread", "sleep", NO_SLEEP),
          new Ban("sleep", "java.util.concurrent.TimeUnit", "sleep", NO_SLEEP));

  private static final List<Ban> WORLD_DOOR =
      List.of(
          new Ban("clock", "java.lang.System", "nanoTime|currentTimeMillis", WORLD),
          new Ban("clock", "java.time.Instant", "now", WORLD),
          new Ban("clock", "java.time.LocalDate", "now", WORLD),
          new Ban("clock", "java.time.LocalTime", "now", WORLD),
          new Ban("clock", "java.time.LocalDateTime", "now", WORLD),
          new Ban("clock", "java.time.OffsetDateTime", "now", WORLD),
          new Ban("clock", "java.time.ZonedDateTime", "now", WORLD),
          new Ban("clock", "java.time.Clock", "system.*|tick.*", WORLD),
          new Ban("clock", "java.util.Date", "<init>", WORLD),
          new Ban("random", "java.lang.Math", "random", WORLD),
          new Ban("random", "java.util.Random", "<init>", WORLD),
          new Ban("random", "java.util.UUID", "randomUUID", WORLD),
          new Ban("random", "java.util.concurrent.ThreadLocalRandom", ".*", WORLD),
          new Ban("random", "java.security.SecureRandom", "<init>|getInstance.*", WORLD),
          new Ban("random", "java.util.random.RandomGenerator", "of|getDefault", WORLD),
          new Ban("thread", "java.lang.Thread", "<init>|of.*|startVirtualThread", WORLD),
          new Ban("thread", "java.util.Timer", "<init>", WORLD),
          new Ban("thread", "java.util.concurrent.Executors", "new.*", WORLD),
          new Ban("thread", "java.util.concurrent.ForkJoinPool", "<init>|commonPool", WORLD),
          new Ban("thread", "java.util.concurrent.ThreadPoolExecutor", "<init>", WORLD),
          new Ban("thread", "java.util.concurrent.CompletableFuture", ".*Async", WORLD));

  private static final Set<String> SERIAL =
      Set.of(
          "java.io.ObjectInputStream",
          "java.io.ObjectOutputStream",
          "java.io.ObjectInputFilter",
          "java.lang.invoke.SerializedLambda");

  private static final Set<String> SERIAL_MARKS =
      Set.of("java.io.Serializable", "java.io.Externalizable");

  /** Does what the rules forbid, in ways that a search through source text would miss. */
  @SuppressWarnings("unused")
  private static final class Offender extends Thread {
    private final LongSupplier clock = System::nanoTime;
    private final Supplier<Thread> threads = Thread::new;
    private final Supplier<UUID> random = UUID::randomUUID;

    private static void sleep() throws InterruptedException {
      SECONDS.sleep(0);
    }
  }

  private final List<String> faults = new ArrayList<>();

  @Test
  void offendersAreCaught() {
    JavaClasses offender = new ClassFileImporter().importClasses(Offender.class);
    search(SLEEP, offender, new AllowList(Set.of("sleep")));
    search(WORLD_DOOR, offender, new AllowList(Set.of("clock", "random", "thread")));
    assertThat(faults)
        .anyMatch(fault -> fault.contains("TimeUnit.sleep"))
        .anyMatch(fault -> fault.contains("System.nanoTime"))
        .anyMatch(fault -> fault.contains("UUID.randomUUID"))
        .filteredOn(fault -> fault.contains("Thread.<init>"))
        .hasSize(2);
  }

  @Test
  void nobodySleeps() {
    var allowed = new AllowList(Set.of("sleep"));
    for (String module : Repository.MODULES) {
      search(SLEEP, importMain(module), allowed);
      search(SLEEP, new ClassFileImporter().importPath(Repository.testClasses(module)), allowed);
    }
    faults.addAll(allowed.faults());
    assertThat(faults).as("no test and no code sleeps").isEmpty();
  }

  @Test
  void librariesReachClocksThreadsAndRandomnessThroughWorld() {
    var allowed = new AllowList(Set.of("clock", "random", "thread"));
    for (String module : Repository.LIBRARIES) {
      search(WORLD_DOOR, importMain(module), allowed);
    }
    faults.addAll(allowed.faults());
    assertThat(faults).as("time, randomness and threads come from World alone").isEmpty();
  }

  @Test
  void nobodySerializesJavaObjects() {
    for (String module : Repository.MODULES) {
      for (JavaClass type : importMain(module)) {
        forbid(type, SERIAL, "write the bytes with a codec of your own");
        for (JavaClass mark : type.getRawInterfaces()) {
          if (SERIAL_MARKS.contains(mark.getName())) {
            faults.add(type.getName() + ": does not need " + mark.getName() + ": remove it");
          }
        }
      }
    }
    assertThat(faults).as("no Java serialization").isEmpty();
  }

  @Test
  void nobodyUsesUnsafe() {
    var unsafe = Set.of("sun.misc.Unsafe", "jdk.internal.misc.Unsafe");
    for (String module : Repository.MODULES) {
      importMain(module).forEach(type -> forbid(type, unsafe, "use VarHandle or MemorySegment"));
    }
    assertThat(faults).as("no Unsafe").isEmpty();
  }

  private void search(List<Ban> bans, JavaClasses classes, AllowList allowed) {
    for (JavaClass type : classes) {
      for (JavaAccess<?> access : accesses(type)) {
        for (Ban ban : bans) {
          if (ban.matches(access) && !allowed.allows(ban.rule, type.getName())) {
            faults.add(describe(type, access, ban));
          }
        }
      }
    }
  }

  private static Set<JavaAccess<?>> accesses(JavaClass type) {
    Set<JavaAccess<?>> accesses = type.getAccessesFromSelf().stream().collect(Collectors.toSet());
    accesses.addAll(type.getMethodReferencesFromSelf());
    accesses.addAll(type.getConstructorReferencesFromSelf());
    return accesses;
  }

  private void forbid(JavaClass type, Set<String> forbidden, String remedy) {
    type.getDirectDependenciesFromSelf().stream()
        .filter(dependency -> forbidden.contains(dependency.getTargetClass().getName()))
        .forEach(dependency -> faults.add(dependency.getDescription() + ": " + remedy));
  }

  private static String describe(JavaClass type, JavaAccess<?> access, Ban ban) {
    return "%s%s calls %s: %s, or excuse it by the line `%s %s <reason>` in house/allow.txt"
        .formatted(
            type.getName(),
            access.getSourceCodeLocation(),
            access.getTarget().getFullName(),
            ban.remedy,
            ban.rule,
            type.getName().replaceFirst("\\$.*", ""));
  }

  private static JavaClasses importMain(String module) {
    return new ClassFileImporter().importPath(Repository.mainClasses(module));
  }
}
