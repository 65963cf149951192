// SPDX-License-Identifier: MIT
#pragma once

#include "engine/doctor_context.hpp"
#include "unit/engine/session_of_a_test.hpp"
#include "unit/gpu/captured_machine.hpp"

#include <optional>
#include <string>

namespace envkeep::testing {

// A session on a captured machine with a healthy GPU. A test breaks one thing of it.
class SessionWithGpu : public SessionOfATest {
  protected:
    void SetUp() override {
        SessionOfATest::SetUp();
        machine.mounted = captured.written().mounts;
    }

    // As `world()`, with an inspector that was opened anew: a process that was forked can use it.
    [[nodiscard]] engine::World seen_world() {
        static_cast<void>(captured.written());
        inspector.emplace(posix::Inspector::captured(captured.root()).value());
        engine::World seen = world();
        seen.inspector = &*inspector;
        return seen;
    }

    void want(const std::string& section) { write_manifest(section); }

    Result<engine::DoctorReport> examine() {
        return engine::examine(seen_world(), engine::context_of(session()));
    }

    // Of the finding with that id; empty if there is none.
    static std::string title_of(const std::vector<model::Finding>& findings, std::string_view id) {
        for (const model::Finding& finding : findings) {
            if (finding.id == id) {
                return finding.title;
            }
        }
        return {};
    }

    CapturedMachine captured;
    std::optional<posix::Inspector> inspector;
};

}  // namespace envkeep::testing
