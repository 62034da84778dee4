package lemnos.runtime;

/** The kinds of sequential actor, for tests of what is the same for all. */
enum Kind {
  LOCAL,
  SHARED,
  SYNC,

  /** A local one, all of whose code is one step. */
  STEP;

  <M> ActorRef<M> spawn(RuntimeRef ref, Run.Body<M> body) {
    return spawn(ref, Supervisor.stopping(), ActorOptions.standard(), body);
  }

  <M> ActorRef<M> spawn(RuntimeRef ref, ActorOptions options, Run.Body<M> body) {
    return spawn(ref, Supervisor.stopping(), options, body);
  }

  <M> ActorRef<M> spawn(
      RuntimeRef ref, Supervisor<Integer> supervisor, ActorOptions options, Run.Body<M> body) {
    SequentialActor<M, Integer> actor = (ctx, _) -> body.run(ctx);
    return switch (this) {
      case LOCAL -> ref.spawnLocal(supervisor, actor, 0, options);
      case SHARED -> ref.spawn(supervisor, actor, 0, options);
      case SYNC -> ref.spawnSync(supervisor, actor, 0, options);
      case STEP -> Run.spawnSteps(ref, supervisor, options, () -> inOneStep(body));
    };
  }

  private static <M> ActorSteps<M> inOneStep(Run.Body<M> body) {
    return ctx -> {
      body.run(ctx);
      return null;
    };
  }
}
