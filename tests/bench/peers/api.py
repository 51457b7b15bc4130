"""The API as one writes it in Python: FastAPI, SQLAlchemy, SQLite; a project by its id, for whoever has a token.

api.py DATABASE PORT     prints the token and the project's id, then serves
"""

import hashlib
import secrets
import sys
import uuid

import uvicorn
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict
from sqlalchemy import JSON, String, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker


class Base(DeclarativeBase):
    pass


class Token(Base):
    __tablename__ = "tokens"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)


class Project(Base):
    __tablename__ = "projects"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    name: Mapped[str] = mapped_column(String(63), unique=True)
    status: Mapped[str] = mapped_column(String(16), default="draft")
    modules: Mapped[list] = mapped_column(JSON, default=list)


class ProjectRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: str
    name: str
    status: str
    modules: list[str]


engine = create_engine(f"sqlite:///{sys.argv[1]}")
sessions = sessionmaker(engine)
app = FastAPI()


def session():
    with sessions() as one:
        yield one


def check_token(sent: HTTPAuthorizationCredentials = Depends(HTTPBearer()), db: Session = Depends(session)):
    digest = hashlib.sha256(sent.credentials.encode()).hexdigest()
    if db.scalar(select(Token).where(Token.digest == digest)) is None:
        raise HTTPException(401)


@app.get("/api/projects/{project_id}", response_model=ProjectRead, dependencies=[Depends(check_token)])
def get_project(project_id: str, db: Session = Depends(session)):
    project = db.get(Project, project_id)
    if project is None:
        raise HTTPException(404)
    return project


Base.metadata.create_all(engine)
with sessions.begin() as begun:
    token, project = secrets.token_hex(32), str(uuid.uuid4())
    begun.add(Token(digest=hashlib.sha256(token.encode()).hexdigest()))
    begun.add(Project(id=project, name="greeter"))
print(token, project, flush=True)
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="warning", access_log=False)
