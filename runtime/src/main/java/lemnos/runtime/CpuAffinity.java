package lemnos.runtime;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.BitSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which CPUs the calling thread may run on. Linux alone lets a thread be bound to some. */
final class CpuAffinity {
  /** How many CPUs a set has room for. */
  static final int MAX_CPUS = 8192;

  private static final Logger LOG = LoggerFactory.getLogger(CpuAffinity.class);

  private CpuAffinity() {}

  /** Why this JVM cannot bind threads, and what to do about it; null if it can. */
  static @Nullable String refusal() {
    Module module = CpuAffinity.class.getModule();
    return refusal(
        System.getProperty("os.name"),
        module.isNativeAccessEnabled(),
        module.isNamed() ? module.getName() : "ALL-UNNAMED");
  }

  static @Nullable String refusal(String os, boolean nativeAccess, String module) {
    if (!os.equals("Linux")) {
      return "workers can be bound to CPUs on Linux alone, and this is " + os;
    }
    if (!nativeAccess) {
      return "binding workers to CPUs calls the system's library: start the JVM with"
          + " --enable-native-access="
          + module;
    }
    return null;
  }

  /** The CPUs that the calling thread may run on. */
  static BitSet ofThread() {
    return Native.get();
  }

  /**
   * Binds the calling thread, that of the worker {@code id}. What the system refuses is no reason
   * to end.
   *
   * @return the CPU, or -1
   */
  static int bindWorker(int id) {
    return bindWorker(id, CpuAffinity::ofThread);
  }

  /** As {@link #bindWorker(int)}, to one of the CPUs that {@code allowed} tells. */
  static int bindWorker(int id, Supplier<BitSet> allowed) {
    try {
      return bind(id - 1, allowed.get());
    } catch (IllegalStateException e) {
      LOG.atWarn()
          .addKeyValue("worker", id)
          .setCause(e)
          .log("a worker cannot be bound to a CPU: it runs on any");
      return -1;
    }
  }

  /**
   * Binds the calling thread to the CPU in place {@code index}, from 0 on and round again, of those
   * {@code allowed}: a process in a container may not have them all.
   *
   * @return the CPU
   * @throws IllegalStateException if the system refuses
   */
  static int bind(int index, BitSet allowed) {
    int[] cpus = allowed.stream().toArray();
    int cpu = cpus[index % cpus.length];
    var one = new BitSet();
    one.set(cpu);
    Native.set(one);
    return cpu;
  }

  /** The functions of the C library, looked up when first needed. */
  @SuppressWarnings("restricted") // refusal() tells whether that is allowed
  private static final class Native {
    private static final StructLayout CAPTURED = Linker.Option.captureStateLayout();
    private static final long ERRNO_OFFSET =
        CAPTURED.byteOffset(MemoryLayout.PathElement.groupElement("errno"));
    private static final int THIS_THREAD = 0;
    private static final MethodHandle GET = handle("sched_getaffinity");
    private static final MethodHandle SET = handle("sched_setaffinity");

    private static MethodHandle handle(String name) {
      Linker linker = Linker.nativeLinker();
      return linker.downcallHandle(
          linker.defaultLookup().findOrThrow(name),
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_LONG,
              ValueLayout.ADDRESS),
          Linker.Option.captureCallState("errno"));
    }

    static BitSet get() {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment set = arena.allocate(MAX_CPUS / Byte.SIZE, Long.BYTES);
        call(GET, "sched_getaffinity", arena, set);
        return BitSet.valueOf(set.toArray(ValueLayout.JAVA_LONG));
      }
    }

    static void set(BitSet cpus) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment set = arena.allocate(MAX_CPUS / Byte.SIZE, Long.BYTES);
        long[] words = cpus.toLongArray();
        MemorySegment.copy(words, 0, set, ValueLayout.JAVA_LONG, 0, words.length);
        call(SET, "sched_setaffinity", arena, set);
      }
    }

    private static void call(MethodHandle function, String name, Arena arena, MemorySegment set) {
      MemorySegment state = arena.allocate(CAPTURED);
      int result;
      try {
        result = (int) function.invokeExact(state, THIS_THREAD, set.byteSize(), set);
      } catch (Throwable t) {
        throw new IllegalStateException(name + " cannot be called", t);
      }
      if (result < 0) {
        throw new IllegalStateException(
            name + " failed with errno " + state.get(ValueLayout.JAVA_INT, ERRNO_OFFSET));
      }
    }
  }
}
