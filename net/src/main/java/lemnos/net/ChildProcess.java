package lemnos.net;

import java.util.List;
import lemnos.core.Core;

/**
 * A process that this one has started: its input and output are pipes, its end can be waited for.
 * Confined to the worker.
 */
public final class ChildProcess implements AutoCloseable {
  private final Process process;
  private final PipeWriter stdin;
  private final PipeReader stdout;
  private final PipeReader stderr;
  private final Pending<Integer> exit = new Pending<>();

  private ChildProcess(Core core, Process process) {
    this.process = process;
    String name = "child " + process.pid();
    stdin = new PipeWriter(core, name + " stdin", process.getOutputStream());
    stdout = new PipeReader(core, name + " stdout", process.getInputStream());
    stderr = new PipeReader(core, name + " stderr", process.getErrorStream());
    var _ = process.onExit().thenAccept(p -> core.execute(() -> ended(p.exitValue())));
  }

  /** Its output may still be read. */
  private void ended(int status) {
    stdin.close(); // or the thread would wait for what to write
    exit.complete(status);
  }

  /**
   * Starts a program.
   *
   * @param command the program and its arguments
   * @return the process, or an {@link java.io.IOException} if there is no such program
   */
  public static Pending<ChildProcess> starting(Core core, String... command) {
    return starting(core, new ProcessBuilder(List.of(command)));
  }

  /** As {@link #starting(Core, String...)}, with a folder, an environment and so on. */
  public static Pending<ChildProcess> starting(Core core, ProcessBuilder program) {
    return Offload.run(core, "start " + program.command().getFirst(), program::start)
        .map(process -> new ChildProcess(core, process));
  }

  /** The number by which the system knows the process. */
  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** What the process reads. */
  public PipeWriter stdin() {
    return stdin;
  }

  /** What the process writes. */
  public PipeReader stdout() {
    return stdout;
  }

  /** What the process has to say about errors. */
  public PipeReader stderr() {
    return stderr;
  }

  /** The status with which the process ends, which may be waited for by one actor. */
  public Pending<Integer> exit() {
    return exit;
  }

  /** Asks the process to end (TERM). */
  public void terminate() {
    process.destroy();
  }

  /** Ends the process (KILL). */
  public void kill() {
    process.destroyForcibly();
  }

  /** Ends the process, if it has not ended yet, and leaves its pipes. */
  @Override
  public void close() {
    kill();
    stdin.close();
    stdout.close();
    stderr.close();
  }

  @Override
  public String toString() {
    return "child process " + pid();
  }
}
