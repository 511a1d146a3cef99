#include <sodium.h>

#include "scenarios/cluster/hurt_program.h"

int main(int argc, char** argv) {
  if (sodium_init() < 0) return 2;
  return wn::cluster::hurt_main(argc, argv);
}
