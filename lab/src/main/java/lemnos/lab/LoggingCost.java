package lemnos.lab;

import java.util.concurrent.TimeUnit;
import lemnos.core.ActorOwn;
import lemnos.core.LogFilter;
import lemnos.core.LogFormat;
import lemnos.core.LogLevel;
import lemnos.core.Logger;
import lemnos.core.Loop;
import lemnos.core.Ret;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/** What a record costs who logs it, and what logging costs an actor's life. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 5, jvmArgsAppend = "-XX:+UseCompactObjectHeaders")
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class LoggingCost {
  /** Where the records go. */
  public enum Sink {
    /** There is no logger. */
    NONE(LogFilter.of(), null),
    /** There is one, but the level is off. */
    OFF(LogFilter.of(LogLevel.ERROR), (core, record) -> {}),
    /** The logger does nothing. */
    NOP(LogFilter.parse("info,open"), (core, record) -> {}),
    /** The record becomes a line of text, which is thrown away. */
    LINE(LogFilter.parse("info,open"), LogFormat.LINE.to(new Nowhere())),
    /** The record becomes JSON, which is thrown away. */
    JSON(LogFilter.parse("info,open"), LogFormat.JSON.to(new Nowhere()));

    private final LogFilter filter;
    private final @Nullable Logger logger;

    Sink(LogFilter filter, @Nullable Logger logger) {
      this.filter = filter;
      this.logger = logger;
    }
  }

  private static final class Nowhere implements Appendable {
    @Override
    public Appendable append(CharSequence text) {
      return this;
    }

    @Override
    public Appendable append(CharSequence text, int start, int end) {
      return this;
    }

    @Override
    public Appendable append(char c) {
      return this;
    }
  }

  @Param Sink sink = Sink.NONE;

  private final Loop loop = new Loop(0);
  private int port = 80;
  private String peer = "10.0.0.7";

  /** Sets the logger. */
  @Setup
  public void setLogger() {
    if (sink.logger != null) {
      loop.setLogger(sink.filter, sink.logger);
    }
  }

  /** What the others are to be compared with. */
  @Benchmark
  public void nothing(Blackhole hole) {
    hole.consume(port++);
    hole.consume(peer);
  }

  /** One record with two values. */
  @Benchmark
  public void record(Blackhole hole) {
    hole.consume(port++);
    hole.consume(peer);
    loop.log(LogLevel.INFO).kv("port", port).kv("peer", peer).write("port {} is open");
  }

  /** An actor made, run and ended. */
  @Benchmark
  public boolean life() {
    ActorOwn<String> own = loop.actor(cx -> peer, Ret.nop());
    own.close();
    return loop.run(loop.now() + 1, false);
  }
}
