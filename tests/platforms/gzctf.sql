-- Tables of GZCTF's shape: the columns that the boards are made of, and some that no board shows.
CREATE TABLE "Games" ("Id" integer PRIMARY KEY, "Title" text NOT NULL, "Hidden" boolean NOT NULL,
    "StartTimeUtc" timestamptz NOT NULL, "EndTimeUtc" timestamptz NOT NULL, "BloodBonus" bigint NOT NULL,
    "PrivateKey" varchar(63) NOT NULL DEFAULT 'secret', "Summary" text NOT NULL DEFAULT '');
CREATE TABLE "Divisions" ("Id" integer PRIMARY KEY, "GameId" integer NOT NULL, "Name" varchar(31) NOT NULL,
    "DefaultPermissions" integer NOT NULL, "InviteCode" varchar(32));
CREATE TABLE "DivisionChallengeConfig" ("ChallengeId" integer, "DivisionId" integer, "Permissions" integer NOT NULL,
    PRIMARY KEY ("ChallengeId", "DivisionId"));
CREATE TABLE "GameChallenges" ("Id" integer PRIMARY KEY, "GameId" integer NOT NULL, "Title" text NOT NULL,
    "Category" smallint NOT NULL, "IsEnabled" boolean NOT NULL, "DeadlineUtc" timestamptz,
    "DisableBloodBonus" boolean NOT NULL, "OriginalScore" integer NOT NULL,
    "MinScoreRate" double precision NOT NULL, "Difficulty" double precision NOT NULL,
    "FlagTemplate" varchar(120) DEFAULT 'secret', "Content" text NOT NULL DEFAULT '');
CREATE TABLE "Teams" ("Id" integer PRIMARY KEY, "Name" varchar(20) NOT NULL, "Bio" varchar(72),
    "InviteToken" varchar(32) NOT NULL DEFAULT 'secret');
CREATE TABLE "AspNetUsers" ("Id" uuid PRIMARY KEY, "UserName" varchar(16), "Role" integer NOT NULL,
    "Email" varchar(256) DEFAULT 'secret', "PasswordHash" text DEFAULT 'secret', "LastVisitedUtc" timestamptz);
CREATE TABLE "Participations" ("Id" integer PRIMARY KEY, "GameId" integer NOT NULL, "TeamId" integer NOT NULL,
    "DivisionId" integer, "Status" integer NOT NULL, "Token" text NOT NULL DEFAULT 'secret');
CREATE TABLE "UserParticipations" ("GameId" integer, "TeamId" integer, "UserId" uuid,
    "ParticipationId" integer NOT NULL, PRIMARY KEY ("GameId", "TeamId", "UserId"));
CREATE TABLE "Submissions" ("Id" integer PRIMARY KEY, "Answer" varchar(127) NOT NULL DEFAULT 'secret',
    "Status" text NOT NULL, "SubmitTimeUtc" timestamptz NOT NULL, "UserId" uuid, "TeamId" integer NOT NULL,
    "ParticipationId" integer NOT NULL, "GameId" integer NOT NULL, "ChallengeId" integer NOT NULL);
CREATE TABLE "FirstSolves" ("ParticipationId" integer, "ChallengeId" integer, "SubmissionId" integer NOT NULL,
    PRIMARY KEY ("ParticipationId", "ChallengeId"));
