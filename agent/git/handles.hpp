// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"

#include <git2.h>

#include <string>
#include <string_view>
#include <utility>

// Owners of what libgit2 gives, and its errors as values.
namespace envkeep::git {

// Owns one; libgit2 puts it there itself: `git_repository_open(into(repository), path)`.
template <typename T, auto free>
class Handle {
  public:
    Handle() = default;

    explicit Handle(T* object) : object_(object) {}

    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;

    Handle(Handle&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}

    Handle& operator=(Handle&& other) noexcept {
        std::swap(object_, other.object_);
        return *this;
    }

    ~Handle() { release(); }

    [[nodiscard]] T* get() const { return object_; }

    explicit operator bool() const { return object_ != nullptr; }

    // Empty, and to be filled through the pointer.
    [[nodiscard]] T** slot() {
        release();
        return &object_;
    }

  private:
    void release() {
        if (object_ != nullptr) {
            free(std::exchange(object_, nullptr));
        }
    }

    T* object_ = nullptr;
};

template <typename T, auto free>
[[nodiscard]] T** into(Handle<T, free>& handle) {
    return handle.slot();
}

using Repository = Handle<git_repository, git_repository_free>;
using Remote = Handle<git_remote, git_remote_free>;
using Reference = Handle<git_reference, git_reference_free>;
using Reflog = Handle<git_reflog, git_reflog_free>;
using Commit = Handle<git_commit, git_commit_free>;
using Tree = Handle<git_tree, git_tree_free>;
using Object = Handle<git_object, git_object_free>;
using Blob = Handle<git_blob, git_blob_free>;
using Index = Handle<git_index, git_index_free>;
using StatusList = Handle<git_status_list, git_status_list_free>;
using Diff = Handle<git_diff, git_diff_free>;
using Config = Handle<git_config, git_config_free>;
using Signature = Handle<git_signature, git_signature_free>;
using Submodule = Handle<git_submodule, git_submodule_free>;
using Rebase = Handle<git_rebase, git_rebase_free>;
using AnnotatedCommit = Handle<git_annotated_commit, git_annotated_commit_free>;
using Database = Handle<git_odb, git_odb_free>;

// Text that libgit2 gives.
class Buffer {
  public:
    Buffer() = default;
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    Buffer(Buffer&&) = delete;
    Buffer& operator=(Buffer&&) = delete;

    ~Buffer() { git_buf_dispose(&buffer_); }

    [[nodiscard]] git_buf* get() { return &buffer_; }

    [[nodiscard]] std::string text() const {
        return buffer_.ptr == nullptr ? std::string() : std::string(buffer_.ptr, buffer_.size);
    }

  private:
    git_buf buffer_ = GIT_BUF_INIT;
};

// Why the last call failed, safe to print.
[[nodiscard]] std::string last_words();

// The Error of a call that has just failed with `code`: "cannot `doing`: its words".
[[nodiscard]] tl::unexpected<Error> git_failure(int code, std::string_view doing);

// What the names of all branches of a repository begin with.
inline constexpr std::string_view heads = "refs/heads/";

[[nodiscard]] std::string text_of(const git_oid& id);
[[nodiscard]] std::string short_text_of(const git_oid& id);  // as people write it

[[nodiscard]] Result<Commit> commit_of(git_repository* repository, const git_oid& id);
[[nodiscard]] Result<Tree> tree_of(git_repository* repository, const git_oid& commit);
// What differs between two trees; of no tree, where `from` is null.
[[nodiscard]] Result<Diff> diff_of(git_repository* repository, git_tree* from, git_tree* to);

}  // namespace envkeep::git
