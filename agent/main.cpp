// SPDX-License-Identifier: MIT
#include "envkeep/cli/run.hpp"
#include "envkeep/cli/this_machine.hpp"
#include "envkeep/posix/machine.hpp"
#include "envkeep/posix/output.hpp"
#include "envkeep/posix/process.hpp"

#include <vector>

int main(int count, char** words) {
    using namespace envkeep;
    posix::grow_heap_in_large_steps();
    posix::ignore_signals_of_writes();
    posix::notice_ends_of_children();
    posix::keep_own_rights();
    posix::allow_many_files();
    posix::Output out(1);
    posix::Output err(2);
    try {
        cli::ThisMachine machine(posix::environment());
        const std::vector<std::string> arguments(words + (count > 0 ? 1 : 0), words + count);
        return cli::run(arguments,
                        {.make_world = [&](const auto& root) { return machine.world(root); },
                         .out = out,
                         .err = err,
                         .variable = [&](auto name) { return machine.variable(name); }});
    } catch (...) {
        err.write("envkeep: internal error\n");
        return 9;
    }
}
