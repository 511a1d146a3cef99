#include "runtime/kv/client.h"
