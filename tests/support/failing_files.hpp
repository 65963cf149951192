// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/system/files.hpp"

#include <unistd.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace envkeep::testing {

// What happens at one call of a writer.
struct Fault {
    enum class How {
        refused,  // nothing is done, and an error comes back
        hidden,   // it is done, but an error comes back: the answer of a server was lost
        killed_before,
        killed_after,
    };
    std::size_t call = 0;  // counted from 0
    How how = How::refused;
    ErrorKind kind = ErrorKind::io;
};

// Passes all calls on but one, which goes wrong as the fault says. Killed: the process is gone at
// once, with the status `killed_status`, so use it in a forked child.
class FailingFiles : public system::FileWriter {
  public:
    static constexpr int killed_status = 86;

    FailingFiles(system::FileWriter& inner, Fault fault) : inner_(inner), fault_(fault) {}

    // Calls so far: a run with fewer than `Fault::call` met no fault.
    [[nodiscard]] std::size_t calls() const { return calls_; }

    [[nodiscard]] bool has_failed() const { return calls_ > fault_.call; }

    [[nodiscard]] Result<void> make_folder(const system::Place& place,
                                           std::uint32_t mode) override {
        return pass([&] { return inner_.make_folder(place, mode); });
    }

    [[nodiscard]] Result<void> make_folders(const system::Place& place,
                                            std::uint32_t mode) override {
        return pass([&] { return inner_.make_folders(place, mode); });
    }

    [[nodiscard]] Result<void> make_link(const system::Place& place,
                                         const std::string& target) override {
        return pass([&] { return inner_.make_link(place, target); });
    }

    [[nodiscard]] Result<void> make_hard_link(const system::Place& existing,
                                              const system::Place& place) override {
        return pass([&] { return inner_.make_hard_link(existing, place); });
    }

    [[nodiscard]] Result<void> replace_link(const system::Place& place,
                                            const std::string& old_target,
                                            const std::string& new_target) override {
        return pass([&] { return inner_.replace_link(place, old_target, new_target); });
    }

    [[nodiscard]] Result<void> write_file(const system::Place& place,
                                          std::string_view content,
                                          std::uint32_t mode,
                                          const std::optional<system::Status>& expected) override {
        return pass([&] { return inner_.write_file(place, content, mode, expected); });
    }

    [[nodiscard]] Result<void> overwrite_own_file(const system::Place& place,
                                                  std::string_view content,
                                                  std::uint32_t mode) override {
        return pass([&] { return inner_.overwrite_own_file(place, content, mode); });
    }

    [[nodiscard]] Result<void> append(const system::Place& place, std::string_view line) override {
        return pass([&] { return inner_.append(place, line); });
    }

    [[nodiscard]] Result<system::CopyReport> copy(
        const system::Place& from,
        const system::Place& to,
        const system::CopyOptions& options,
        const std::optional<system::Status>& replaced) override {
        return pass([&] { return inner_.copy(from, to, options, replaced); });
    }

    [[nodiscard]] Result<void> move(const system::Place& from, const system::Place& to) override {
        return pass([&] { return inner_.move(from, to); });
    }

    [[nodiscard]] Result<void> exchange(const system::Place& one,
                                        const system::Place& other) override {
        return pass([&] { return inner_.exchange(one, other); });
    }

    [[nodiscard]] Result<void> set_mode(const system::Place& place,
                                        const system::Status& seen,
                                        std::uint32_t mode) override {
        return pass([&] { return inner_.set_mode(place, seen, mode); });
    }

    [[nodiscard]] Result<void> remove_link(const system::Place& place,
                                           const std::string& target) override {
        return pass([&] { return inner_.remove_link(place, target); });
    }

    [[nodiscard]] Result<void> remove_file(const system::Place& place,
                                           const system::Status& seen) override {
        return pass([&] { return inner_.remove_file(place, seen); });
    }

    [[nodiscard]] Result<void> remove_empty_folder(const system::Place& place) override {
        return pass([&] { return inner_.remove_empty_folder(place); });
    }

    [[nodiscard]] Result<void> remove_own_tree(const system::Place& place) override {
        return pass([&] { return inner_.remove_own_tree(place); });
    }

    void name_temporaries_for(std::string_view run) override { inner_.name_temporaries_for(run); }

  private:
    template <typename Call>
    auto pass(const Call& call) -> decltype(call()) {
        if (calls_++ != fault_.call) {
            return call();
        }
        if (fault_.how == Fault::How::killed_before) {
            ::_exit(killed_status);
        }
        if (fault_.how == Fault::How::refused) {
            return failure(fault_.kind, "a fault of the test");
        }
        auto outcome = call();
        if (fault_.how == Fault::How::killed_after) {
            ::_exit(killed_status);
        }
        if (!outcome) {
            return outcome;
        }
        return failure(fault_.kind, "a fault of the test, after all was done");
    }

    system::FileWriter& inner_;
    Fault fault_;
    std::size_t calls_ = 0;
};

}  // namespace envkeep::testing
