package lemnos.app;

final class Skeleton {
  private Skeleton() {}
}
