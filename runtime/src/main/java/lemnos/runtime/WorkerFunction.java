package lemnos.runtime;

/** Code that is run on each worker of a runtime, usually to spawn the actors that live there. */
@FunctionalInterface
public interface WorkerFunction {
  /** An exception ends the worker, and so the runtime. */
  void run(RuntimeRef ref) throws Exception;
}
