// SPDX-License-Identifier: MIT
#include "probed_machine.hpp"

#include "envkeep/posix/inspector.hpp"
#include "envkeep/posix/processes.hpp"
#include "support/temp_tree.hpp"

namespace envkeep::testing {

gpu::ProbeFacts FakeDriver::probe(const gpu::ProbeWish& wish) const {
    std::map<std::string, std::string> all{{"LD_LIBRARY_PATH", ENVKEEP_FAKE_DRIVER_DIR}};
    if (!answers.empty()) {
        all["FAKE_GPU"] = answers;
    }
    for (const auto& [name, value] : variables) {
        all[name] = value;
    }
    std::string environ;
    for (const auto& [name, value] : all) {
        environ += name + '=' + value + '\0';
    }
    TempTree tree;
    tree.file("m/proc/200/environ", environ);
    posix::Processes processes;
    return gpu::run_probe(processes,
                          posix::Inspector::captured(tree / "m").value(),
                          {.pid = 200, .what = "server", .variables = added, .folder = folder},
                          wish);
}

}  // namespace envkeep::testing
