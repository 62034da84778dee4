package lemnos.examples.redis;

import lemnos.runtime.Answer;

/** A command whose reply is on its way. */
sealed interface Pending {
  /** Waits for the reply. */
  Reply get(Session session);

  /** Asked of one shard. */
  record Whole(Answer<Reply> answer) implements Pending {
    @Override
    public Reply get(Session session) {
      return reply(answer);
    }
  }

  /** Asked of several shards. */
  record Parts(Split split, Answer<Reply>[] answers) implements Pending {
    @Override
    public Reply get(Session session) {
      var replies = new Reply[answers.length];
      for (int i = 0; i < replies.length; i++) {
        replies[i] = reply(answers[i]);
      }
      return split.merge(session, replies);
    }
  }

  private static Reply reply(Answer<Reply> answer) {
    Reply reply = answer.get();
    return reply == null ? Failures.SHARD_FAILED : reply;
  }
}
