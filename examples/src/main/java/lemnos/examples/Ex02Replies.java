package lemnos.examples;

import lemnos.core.Actor;
import lemnos.core.Cx;
import lemnos.core.Loop;
import lemnos.core.Ret;
import org.jspecify.annotations.Nullable;

/** Asking: by a method that returns, or through a {@link Ret} that is answered later, or never. */
public final class Ex02Replies {
  private Ex02Replies() {}

  private static final class Account {
    private final Cx<Account> cx;
    private long balance = 100;

    Account(Cx<Account> cx) {
      this.cx = cx;
    }

    /** Answers by returning. */
    long balance() {
      return balance;
    }

    /** Answers through the Ret; it could pass it on, or hold it and answer later. */
    void withdraw(long amount, Ret<Boolean> done) {
      if (amount <= balance) {
        balance -= amount;
        done.ret(true);
      } else {
        cx.fail("overdrawn"); // and forgets to answer: the asker is told so
      }
    }
  }

  private static final class Customer {
    Customer(Cx<Customer> cx, Actor<Account> account) {
      Actor<Customer> self = cx.self();
      account.ask(Account::balance, self.ret(Customer::sees));
      account.call(Account::withdraw, 30L, self.ret(Customer::withdrew, 30L));
      account.call(Account::withdraw, 99L, self.ret(Customer::withdrew, 99L));
      account.ask(Account::balance, self.ret(Customer::sees)); // the account is gone by then
    }

    void sees(@Nullable Long balance) {
      System.out.println("Balance: " + (balance == null ? "no answer" : balance));
    }

    void withdrew(long amount, @Nullable Boolean done) {
      System.out.println("Withdrew " + amount + ": " + (done == null ? "no answer" : done));
    }
  }

  /** Runs the example. */
  public static void main(String[] args) {
    try (var loop = new Loop(0)) {
      Ret<lemnos.core.StopCause> ended = loop.ret(cause -> System.out.println("Account: " + cause));
      Actor<Account> account = loop.actor(Account::new, ended).actor();
      loop.actor(Customer::new, account, Ret.nop());
      loop.run(0, false);
    }
  }
}
