#include "runtime/store/store.h"
