// SPDX-License-Identifier: MIT
#pragma once

#include "engine/git_wishes.hpp"
#include "envkeep/engine/start.hpp"
#include "envkeep/engine/sync.hpp"
#include "envkeep/posix/process.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace envkeep::engine {

// What is to be done with one working copy.
struct GitJob {
    WantedCopy copy;
    bool publishes = false;
    bool makes_gone_branches = false;  // as PublishOptions has it
    std::string message;               // of its commit
    bool waits = false;                // for another session that is at work on it
    bool only_checks = false;          // whether its remote answers; nothing is fetched
    bool only_looks = false;           // what of it ends with the container; nothing else is done
    bool tells_what_ends = false;      // that too
};

// Something of it is not as wanted.
[[nodiscard]] bool has_error(const git::CopyReport& copy);

// `network` if one has an error, `findings` for warnings.
[[nodiscard]] Ending ending_of(const std::vector<git::CopyReport>& copies);

// The jobs, each in a process of its own: one that hangs or crashes harms neither the others nor
// this process, and they go on while it does other work. They end with this process.
class GitJobs {
  public:
    // Starts them all; one within another begins its work when that other is there. The git room
    // has shorter limits than `longest_silence`, for each thing that it waits for.
    GitJobs(std::vector<GitJob> jobs,
            const Options& options,
            const MakeWorld& make_world,
            const Listener& listener,
            std::chrono::seconds longest_silence = std::chrono::minutes(2));
    GitJobs(const GitJobs&) = delete;
    GitJobs& operator=(const GitJobs&) = delete;
    ~GitJobs();  // ends those that are not over

    // Waits until all are over, `until` at most; one of which nothing is heard for the longest
    // silence is ended. True if all are over.
    bool wait(SteadyTime until);

    // Ends those that are not over; each has a report then.
    void interrupt();

    // Takes away what those left that were ended, or crashed: a claim, for which other sessions
    // would wait for minutes, and half a clone.
    void tidy(const World& world) const;

    // Of those that are over, in the order of the jobs.
    [[nodiscard]] std::vector<git::CopyReport> reports() const;

    // The subjects of the others.
    [[nodiscard]] std::vector<std::string> under_way() const;

  private:
    struct Running {
        GitJob job;
        std::optional<posix::Worker> process;
        std::optional<system::ProcessId> id;
        std::optional<posix::FrameReader> frames;
        SteadyTime heard{};
        std::optional<git::CopyReport> report;     // once it is over
        std::optional<posix::SharedFlag> is_over;  // where others stand in it
    };

    void begin(Running& running, const Options& options, const MakeWorld& make_world);
    void listen(Running& running, SteadyTime until);
    static void end(Running& running);
    [[nodiscard]] const posix::SharedFlag* over_flag_of(const std::string& folder) const;

    std::vector<Running> running_;
    Options options_;
    Listener listener_;
    std::chrono::seconds longest_silence_;
};

}  // namespace envkeep::engine
