# A room is one folder and one target: `room(raft DEPS base SOURCES … TESTS … BENCHES …)`, or `room(raft GLOB DEPS base)`:
# with GLOB the room's files are its folder's *.cpp, told apart by _test.cpp and _bench.cpp.
#
#   wn_<name>          static library of SOURCES (INTERFACE when there are none)
#   <name>_test        Catch2 program of TESTS, registered with ctest under the room's name
#   <name>_bench       google-benchmark program of BENCHES
#   <name>_linkcheck   WHOLE_ARCHIVE of the room and its declared DEPS alone: an upward call is a link error
#
# HEAP_COUNTER: the test program counts its heap allocations (runtime/base/testing/heap_counter.h).
# DEPS name other rooms and are the only rooms that may be included; LIBS name outside libraries;
# TEST_DEPS and TEST_LIBS are seen by the tests and benches alone.
include_guard(GLOBAL)

function(room name)
  cmake_parse_arguments(R "GLOB;HEAP_COUNTER" "" "DEPS;LIBS;SOURCES;TESTS;BENCHES;TEST_DEPS;TEST_LIBS" ${ARGN})
  if(R_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "room(${name}): unknown arguments ${R_UNPARSED_ARGUMENTS}")
  endif()
  if(R_GLOB)
    file(GLOB R_SOURCES CONFIGURE_DEPENDS *.cpp)
    set(R_TESTS ${R_SOURCES})
    set(R_BENCHES ${R_SOURCES})
    list(FILTER R_SOURCES EXCLUDE REGEX "_(test|bench)\\.cpp$")
    list(FILTER R_TESTS INCLUDE REGEX "_test\\.cpp$")
    list(FILTER R_BENCHES INCLUDE REGEX "_bench\\.cpp$")
  endif()
  list(TRANSFORM R_DEPS PREPEND wn_)
  list(TRANSFORM R_TEST_DEPS PREPEND wn_)
  if(R_SOURCES)
    add_library(wn_${name} STATIC ${R_SOURCES})
    set(scope PUBLIC)
  else()
    add_library(wn_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(wn_${name} ${scope} ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
  target_link_libraries(wn_${name} ${scope} wn_flags ${R_DEPS} ${R_LIBS})
  if(WORKNODE_TESTS AND R_TESTS)
    add_executable(${name}_test ${R_TESTS})
    target_link_libraries(${name}_test PRIVATE wn_${name} ${R_TEST_DEPS} ${R_TEST_LIBS} Catch2::Catch2WithMain)
    if(R_HEAP_COUNTER)
      target_link_libraries(${name}_test PRIVATE wn_heap_counter)
    endif()
    target_compile_definitions(${name}_test PRIVATE
      WN_SOURCE_DIR="${PROJECT_SOURCE_DIR}" WN_ROOM_DIR="${CMAKE_CURRENT_SOURCE_DIR}")
    add_test(NAME ${name} COMMAND ${name}_test --colour-mode none)
    set_tests_properties(${name} PROPERTIES LABELS room)
  endif()
  if(WORKNODE_TESTS AND R_SOURCES)
    add_executable(${name}_linkcheck EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/ci/cmake/empty_main.cpp)
    target_link_libraries(${name}_linkcheck PRIVATE $<LINK_LIBRARY:WHOLE_ARCHIVE,wn_${name}>)
    add_dependencies(linkchecks ${name}_linkcheck)
  endif()
  if(WORKNODE_BENCHES AND R_BENCHES)
    add_executable(${name}_bench ${R_BENCHES})
    target_link_libraries(${name}_bench PRIVATE wn_${name} ${R_TEST_DEPS} ${R_TEST_LIBS} benchmark::benchmark_main)
    add_dependencies(benches ${name}_bench)
  endif()
endfunction()

# proto_room(wire LITE PROTOS raft.proto): a room whose sources are generated from .proto files; headers
# land in <build>/generated/<path of the room>/ and are included by the room's *_io.cpp files alone.
function(room_protos name)
  foreach(proto IN LISTS ARGN)
    file(RELATIVE_PATH rel ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
    string(REGEX REPLACE "[.]proto$" "" stem ${proto})  # the proto may lie in a subfolder of the room
    set(out ${PROJECT_BINARY_DIR}/generated/${rel}/${stem}.pb)
    add_custom_command(
      OUTPUT ${out}.cc ${out}.h
      COMMAND protobuf::protoc --cpp_out=${PROJECT_BINARY_DIR}/generated
              -I${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/${rel}/${proto}
      DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${proto}
      COMMENT "protoc ${rel}/${proto}" VERBATIM)
    target_sources(wn_${name} PRIVATE ${out}.cc ${out}.h)
    set_source_files_properties(${out}.cc PROPERTIES COMPILE_OPTIONS "-w")
  endforeach()
  file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/generated)
endfunction()
